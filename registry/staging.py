"""A build's staging: a hidden repository for one worker, adopted by the real one at publish.

Adopting links rows; no byte moves. Not in charge of whether a build may publish.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import partial
from uuid import UUID

from django.db import transaction

from registry import quota, tags
from registry.digest import parse
from registry.errors import ManifestUnknown
from registry.keys import pull_key
from registry.models import (
    Blob,
    Manifest,
    ManifestBlob,
    Quota,
    Reach,
    Repository,
    RepositoryBlob,
    RepositoryManifest,
    Tag,
    Upload,
)
from registry.names import subject_of_companion
from registry.storage import spool
from tenants.scope import platform_wide


def name_of(build_id: UUID) -> str:
    return f"staging/{build_id}"


def hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def print_of(repository: Repository) -> str:
    """Names a staging's worker key in tokens, and tells nothing of it."""
    return hash_of(f"bearer:{repository.key_sha256}")[:16]


@platform_wide()  # a staging is the platform's, whoever ordered the build
@transaction.atomic
def open_staging(*, build_id: UUID, mounts_from: Repository | None) -> tuple[Repository, str]:
    """Make the staging of a build and a new worker key; a key given out before stops working.

    The key may pull and push there and mount blobs of `mounts_from`, nothing else. Who is given the pull key
    made of it may only pull. Only hashes are kept.
    """
    key = secrets.token_urlsafe(32)
    repository, _ = Repository.objects.update_or_create(
        tenant=None,
        name=name_of(build_id),
        defaults={
            "is_staging": True,
            "key_sha256": hash_of(key),
            "pull_key_sha256": hash_of(pull_key(key)),
            "mounts_from": mounts_from,
        },
    )
    return repository, key


def holder_of(*, build_id: UUID, key: str) -> Repository | None:
    """The staging of a build if `key` opens it."""
    found = Repository.objects.filter(name=name_of(build_id), is_staging=True).first()
    if found is None or not secrets.compare_digest(found.key_sha256, hash_of(key)):
        return None
    return found


@transaction.atomic
def adopt(*, staging: Repository, target: Repository, digest: str) -> Manifest:
    """Link `digest`, all it reaches, their referrers and `sha256-*` tags, and all blobs into `target`.

    Returns the adopted manifest. Raises ManifestUnknown when staging does not hold it, QuotaExceeded.
    """
    limit = quota.lock(target)
    held = Manifest.objects.filter(repository_links__repository=staging)
    adopted = held.filter(digest=str(parse(digest))).first()
    if adopted is None:
        raise ManifestUnknown
    taken: set[int] = set()
    companions: list[Tag] = []
    found = {adopted.pk}
    while found:
        taken |= found
        reached = set(Reach.objects.filter(root__in=found).values_list("manifest_id", flat=True))
        taken |= reached
        about, beside = _around(staging, reached)
        companions += beside
        found = (about | {tag.manifest_id for tag in beside}) - taken
    _link(staging, target, taken, limit)
    for tag in companions:
        tags.move(repository=target, name=tag.name, manifest=tag.manifest, actor="publish")
    return adopted


@platform_wide()
@transaction.atomic
def close_staging(*, build_id: UUID) -> None:
    """Remove a build's staging; what was adopted stays. Closing twice does nothing."""
    repository = Repository.objects.filter(name=name_of(build_id), is_staging=True).first()
    if repository is None:
        return
    begun = list(Upload.objects.filter(repository=repository).values_list("pk", flat=True))
    repository.delete()
    for one in begun:
        transaction.on_commit(partial(spool.discard, spool.path_of(one)))


def _around(staging: Repository, manifests: set[int]) -> tuple[set[int], list[Tag]]:
    digests = set(Manifest.objects.filter(pk__in=manifests).values_list("digest", flat=True))
    links = RepositoryManifest.objects.filter(repository=staging, subject__in=digests)
    tagged = Tag.objects.filter(repository=staging, name__startswith="sha").select_related("manifest")
    beside = [tag for tag in tagged if subject_of_companion(tag.name) in digests]
    return set(links.values_list("manifest_id", flat=True)), beside


def _link(staging: Repository, target: Repository, manifests: set[int], limit: Quota | None) -> None:
    subjects = Manifest.objects.filter(pk__in=manifests).values_list("pk", "subject")
    RepositoryManifest.objects.bulk_create(
        [RepositoryManifest(repository=target, manifest_id=pk, subject=subject) for pk, subject in subjects],
        ignore_conflicts=True,
    )
    named = ManifestBlob.objects.filter(manifest__in=manifests, blob__repository_links__repository=staging)
    blobs = Blob.objects.filter(pk__in=named.values("blob"))
    quota.check(repository=target, blobs=blobs, limit=limit)
    RepositoryBlob.objects.bulk_create(
        [RepositoryBlob(repository=target, blob=blob) for blob in blobs], ignore_conflicts=True
    )
