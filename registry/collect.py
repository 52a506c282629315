"""Online garbage collection: what no tag, hold, pin or recent history needs is let go of, step by step.

Runs beside pushes and pulls. A repository is locked only while something is taken out of it; rows and files
go one by one, each after a second look, so that it may be killed anywhere and simply run again.
Not in charge of a build's staging: the build ends that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from registry import remove, storage
from registry.models import (
    Blob,
    HeldTag,
    Manifest,
    ManifestBlob,
    Reach,
    Repository,
    RepositoryBlob,
    RepositoryManifest,
    Tag,
    TagEvent,
    Upload,
)
from registry.storage import spool

#: How long something is left alone after it was last needed: a push that saw it has time to use it.
GRACE = timedelta(hours=24)
#: Keys that are looked up at a time.
PAGE = 500


@dataclass(frozen=True, slots=True)
class Collected:
    """What one run let go of; `size` is bytes of removed blobs, `strays` are stored bytes that no row named."""

    uploads: int = 0
    manifests: int = 0
    links: int = 0
    blobs: int = 0
    size: int = 0
    strays: int = 0


def collect(*, grace: timedelta = GRACE) -> Collected:
    """One run over everything. A shorter `grace` is for rows: what no row names may be a push's, just now."""
    before = timezone.now() - grace
    done = Collected(uploads=_end_uploads())
    for repository in Repository.objects.filter(is_staging=False).iterator():
        manifests, links = _sweep(repository)
        done = replace(done, manifests=done.manifests + manifests, links=done.links + links)
    _forget_manifests(before)
    _mark_blobs()
    for blob in _condemned(before).iterator():
        if _remove(blob, before):
            done = replace(done, blobs=done.blobs + 1, size=done.size + blob.size)
    return replace(done, strays=_remove_strays())


def _end_uploads() -> int:
    """End expired uploads, and remove files that no upload owns (of requests that died)."""
    expired = list(Upload.objects.filter(expires_at__lt=timezone.now()).values_list("pk", flat=True))
    Upload.objects.filter(pk__in=expired).delete()
    for one in expired:
        spool.discard(spool.path_of(one))
    known = {str(pk) for pk in Upload.objects.values_list("pk", flat=True)}
    for path in spool.older_than(timezone.now() - GRACE):
        if path.name not in known:
            spool.discard(path)
    return len(expired)


def _sweep(repository: Repository) -> tuple[int, int]:
    """Unlink what nothing needs from one repository; how many manifests and blobs."""
    if not _unneeded(repository) and not _unpinned(repository).exists():
        return 0, 0
    with transaction.atomic():
        repository.lock()
        unneeded = _unneeded(repository)
        remove.unlink(repository=repository, manifests=unneeded)
        _, counts = _unpinned(repository).delete()
    return len(unneeded), counts.get("registry.RepositoryBlob", 0)


def _unneeded(repository: Repository) -> list[int]:
    """Ids of linked manifests that no root reaches and that are no referrer of one so reached."""
    links = RepositoryManifest.objects.filter(repository=repository)
    since = repository.kept_since
    fresh = kept = _reached(_roots(repository, since))
    referrers = links.exclude(subject="")
    while fresh:
        about = Manifest.objects.filter(pk__in=fresh).values("digest")
        fresh = _reached(set(referrers.filter(subject__in=about).values_list("manifest", flat=True))) - kept
        kept = kept | fresh
    return [pk for pk in links.values_list("manifest", flat=True) if pk not in kept]


def _roots(repository: Repository, since: datetime) -> set[int]:
    """Current tags, what tags left since then, what tenants hold, and what was pushed since then."""
    of = {"repository": repository}
    left = TagEvent.objects.filter(**of, at__gte=since, previous__isnull=False)
    held = HeldTag.objects.filter(grant__repository=repository)
    return {
        *Tag.objects.filter(**of).values_list("manifest", flat=True),
        *left.values_list("previous", flat=True),
        *held.filter(Q(ended_at=None) | Q(ended_at__gte=since)).values_list("manifest", flat=True),
        *RepositoryManifest.objects.filter(**of, pushed_at__gte=since).values_list("manifest", flat=True),
    }


def _reached(roots: set[int]) -> set[int]:
    return roots | set(Reach.objects.filter(root__in=roots).values_list("manifest", flat=True))


def _unpinned(repository: Repository) -> QuerySet[RepositoryBlob]:
    """Links of blobs that no manifest of the repository holds and no push may still count on."""
    holding = ManifestBlob.objects.filter(
        blob=OuterRef("blob"), manifest__repository_links__repository=repository
    )
    links = RepositoryBlob.objects.filter(repository=repository)
    return links.filter(Q(pinned_until=None) | Q(pinned_until__lt=timezone.now())).exclude(Exists(holding))


def _forget_manifests(before: datetime) -> None:
    """Drop manifests that are in no repository; those that history names stay, without their blobs."""
    nowhere = Manifest.objects.filter(created_at__lt=before, repository_links=None)
    for pk in list(nowhere.values_list("pk", flat=True)):
        with transaction.atomic():
            free = Manifest.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
            # Asked anew under the lock: a push may have linked it since.
            if free is None or RepositoryManifest.objects.filter(manifest=pk).exists():
                continue
            ManifestBlob.objects.filter(manifest=pk).delete()
            if not TagEvent.objects.filter(Q(manifest=pk) | Q(previous=pk)).exists() and not _is_listed(pk):
                Manifest.objects.filter(pk=pk, tags=None).delete()


def _is_listed(pk: int) -> bool:
    """Whether an index that a repository has lists it: pushed again, it must still count as reached from there."""
    return RepositoryManifest.objects.filter(manifest__child_links__child=pk).exists()


def _unused() -> QuerySet[Blob]:
    return Blob.objects.filter(repository_links=None, manifest_links=None)


def _mark_blobs() -> None:
    """Note since when a blob is in no repository; a link made meanwhile takes the mark away again."""
    now = timezone.now()
    marked = Blob.objects.exclude(unreferenced_at=None)
    marked.exclude(repository_links=None, manifest_links=None).update(unreferenced_at=None)
    fresh = _unused().exclude(state=Blob.State.DELETING).filter(unreferenced_at=None)
    for pk in list(fresh.values_list("pk", flat=True)):
        _unused().filter(pk=pk).update(unreferenced_at=now)


def _condemned(before: datetime) -> QuerySet[Blob]:
    """Blobs to remove, and those that a run which died was removing."""
    return Blob.objects.filter(Q(state=Blob.State.DELETING) | Q(unreferenced_at__lt=before)).order_by("pk")


def _remove(blob: Blob, before: datetime) -> bool:
    """Mark, remove the file, remove the row. A push that comes between gives the row a file of its own."""
    with transaction.atomic():
        locked = Blob.objects.select_for_update(skip_locked=True).filter(pk=blob.pk)
        found = locked.filter(storage_key=blob.storage_key).first()
        if found is None:
            return False
        if found.state != Blob.State.DELETING:
            is_due = found.unreferenced_at is not None and found.unreferenced_at < before
            if not is_due or not _unused().filter(pk=blob.pk).exists():
                return False
            found.state = Blob.State.DELETING
            found.save(update_fields=["state"])
    storage.current().remove(blob.storage_key)
    with transaction.atomic():
        rows = Blob.objects.select_for_update().filter(pk=blob.pk, state=Blob.State.DELETING)
        gone = rows.filter(storage_key=blob.storage_key).first()
        return gone is not None and bool(gone.delete()[0])


def strays() -> Iterator[str]:
    """Keys that no row names, long after a push would have written its row; it, or a run, died between the two."""
    found = storage.current().keys_older_than(GRACE)
    while keys := list(islice(found, PAGE)):
        known = set(Blob.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True))
        yield from (key for key in keys if key not in known)


def _remove_strays() -> int:
    count = 0
    for key in strays():
        storage.current().remove(key)
        count += 1
    return count
