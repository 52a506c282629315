"""Store blobs and manifests in a repository. Not in charge of who may: see `registry.door`."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from registry import document, quota, statements, storage, tags
from registry.digest import Digest
from registry.errors import (
    BlobUnknown,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    RegistryError,
    StoreUnavailable,
)
from registry.models import (
    Blob,
    Manifest,
    ManifestBlob,
    ManifestChild,
    Quota,
    Reach,
    Repository,
    RepositoryManifest,
    Upload,
)
from registry.storage import Stored, spool

_log = logging.getLogger(__name__)

#: How long a blob is kept from collection while its manifest is awaited.
PINNED_FOR = timedelta(hours=24)


def store_blob(*, repository: Repository, chunks: Iterable[bytes], expected: Digest | None = None) -> Blob:
    """Write a stream to the store and link it to `repository`. Raises DigestInvalid.

    Bytes already stored are still read and hashed, so that a push tells nothing about what others have.
    """
    path, stored = spool.write(chunks, expected.algorithm if expected else "sha256")
    try:
        if expected is not None and stored.digest != expected:
            raise DigestInvalid
        return keep_file(repository=repository, path=path, stored=stored)
    finally:
        spool.discard(path)


def keep_file(*, repository: Repository, path: Path, stored: Stored, upload: Upload | None = None) -> Blob:
    """Take a written and hashed file into the store and link it; the file itself stays the caller's.

    What counts as stored from then on counts as held by `upload` no more.

    Raises QuotaExceeded, StoreUnavailable.
    """
    store = storage.current()
    key = store.keep(path, stored.digest)
    try:
        with transaction.atomic():
            limit = quota.lock(repository)
            blob = _claim(stored, key)
            _link(repository, blob, limit, upload)
    except RegistryError:
        # Only what we refused is surely not committed. After any other error the row may be there.
        _let_go(store, key)
        raise
    # The store is asked after the transaction: no lock is held while it is waited for.
    if blob.storage_key != key and not _replaced(store, blob, key):
        _let_go(store, key)
    return blob


def _replaced(store: storage.Store, blob: Blob, key: str) -> bool:
    """Give the row `key` if it promises bytes that the store has no more; whether it took it."""
    if store.size(blob.storage_key) == blob.size:
        return False
    same = Blob.objects.filter(pk=blob.pk, storage_key=blob.storage_key)
    return bool(same.update(state=Blob.State.LIVE, storage_key=key))


def _claim(stored: Stored, key: str) -> Blob:
    """The live row for these bytes; it takes `key` when its own is damaged or being collected."""
    blob = Blob(digest=str(stored.digest), size=stored.size)
    found = statements.claim_blob(blob.digest, blob.size, key, timezone.now())
    blob.pk, blob.state, blob.storage_key = found
    if blob.state != Blob.State.LIVE:
        blob.state, blob.storage_key = Blob.State.LIVE, key
        blob.save(update_fields=["state", "storage_key"])
    return blob


def _let_go(store: storage.Store, key: str) -> None:
    """Remove bytes that no row names. Where that fails, collection comes upon them."""
    try:
        store.remove(key)
    except (OSError, StoreUnavailable):
        _log.warning("%s is left for garbage collection", key, exc_info=True)


@transaction.atomic
def link_blob(*, repository: Repository, blob: Blob) -> None:
    """Say that `blob` is in `repository`, and keep it until a manifest can have named it.

    Raises BlobUnknown when it has been collected meanwhile, QuotaExceeded.
    """
    limit = quota.lock(repository)
    if not Blob.objects.filter(pk=blob.pk, state=Blob.State.LIVE).update(unreferenced_at=None):
        raise BlobUnknown
    _link(repository, blob, limit)


def _link(repository: Repository, blob: Blob, limit: Quota | None, upload: Upload | None = None) -> None:
    """As `link_blob`, for who holds the locks of the repository, its tenant's quota and the blob."""
    quota.check(repository=repository, blobs=[blob], limit=limit, upload=upload.pk if upload else None)
    if upload is not None and upload.is_limited:
        statements.reserve(upload.pk, 0)
        upload.reserved = 0
    statements.link_blob(repository.pk, blob.pk, timezone.now() + PINNED_FOR)


@transaction.atomic
def put_manifest(
    *,
    repository: Repository,
    content: bytes,
    media_type: str,
    tag: str | None = None,
    actor: str,
    build: UUID | None = None,
    reason: str = "",
    expected: Digest | None = None,
) -> Manifest:
    """Keep a manifest byte for byte, with everything it reaches, and move `tag` to it.

    All it names must be in the repository already; its `subject` need not be (distribution spec,
    "Pushing Manifests with Subject"). Raises ManifestInvalid, ManifestTooLarge, ManifestBlobUnknown,
    DigestInvalid, TagInvalid, TagImmutable.
    """
    found = document.read(content, media_type)
    repository.lock()
    digest = Digest.of(content, expected.algorithm if expected else "sha256")
    if expected is not None and digest != expected:
        raise DigestInvalid
    blobs = _blobs_of(repository, found)
    children = _children_of(repository, found)
    manifest = _keep(content, str(digest), found, blobs, children)
    # Pushed again counts as pushed now: whoever pushed is about to tag it, and collection must not come between.
    RepositoryManifest.objects.update_or_create(
        repository=repository,
        manifest=manifest,
        defaults={"subject": found.subject, "pushed_at": timezone.now()},
    )
    if tag is not None:
        tags.move(repository=repository, name=tag, manifest=manifest, actor=actor, build=build, reason=reason)
    return manifest


def _blobs_of(repository: Repository, found: document.Document) -> list[Blob]:
    live = Blob.objects.filter(state=Blob.State.LIVE, repository_links__repository=repository)
    blobs = list(live.filter(digest__in={one.digest for one in found.blobs}))
    _compare(found.blobs, {blob.digest: blob.size for blob in blobs})
    return blobs


def _children_of(repository: Repository, found: document.Document) -> list[Manifest]:
    there = Manifest.objects.filter(repository_links__repository=repository).only("id", "digest", "size")
    children = list(there.filter(digest__in={one.digest for one in found.children}))
    _compare(found.children, {child.digest: child.size for child in children})
    return children


def _compare(named: Iterable[document.Descriptor], sizes: dict[str, int]) -> None:
    """Whether all that is named is there and has the size that is said: clients allot no more, and stop there."""
    if missing := {one.digest for one in named} - sizes.keys():
        raise ManifestBlobUnknown(min(missing))
    for one in named:
        if one.size != sizes[one.digest]:
            raise ManifestInvalid(f"The size given for {one.digest} is wrong.")


def _keep(
    content: bytes, digest: str, found: document.Document, blobs: list[Blob], children: list[Manifest]
) -> Manifest:
    manifest = _row(content, digest, found)
    # Written again for bytes that are known: collection drops these of a manifest that was in no repository.
    held = [ManifestBlob(manifest=manifest, blob=blob) for blob in blobs]
    ManifestBlob.objects.bulk_create(held, ignore_conflicts=True)
    listed = [ManifestChild(parent=manifest, child=child) for child in children]
    ManifestChild.objects.bulk_create(listed, ignore_conflicts=True)
    below = set(Reach.objects.filter(root__in=children).values_list("manifest_id", flat=True))
    reached = [Reach(root=manifest, manifest_id=one) for one in {manifest.pk, *below}]
    Reach.objects.bulk_create(reached, ignore_conflicts=True)
    return manifest


def _row(content: bytes, digest: str, found: document.Document) -> Manifest:
    manifest, _ = Manifest.objects.select_for_update(no_key=True).get_or_create(
        digest=digest,
        defaults={
            "media_type": found.media_type,
            "artifact_type": found.artifact_type,
            "content": content,
            "size": len(content),
            "annotations": found.annotations,
            "subject": found.subject,
        },
    )
    if manifest.media_type != found.media_type:
        raise ManifestInvalid("These bytes are known here under another media type.")
    return manifest
