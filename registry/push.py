"""Store blobs and manifests in a repository. Not in charge of who may: see `registry.door`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from registry import document, storage, tags
from registry.digest import Digest
from registry.errors import BlobUnknown, DigestInvalid, ManifestBlobUnknown, ManifestInvalid, QuotaExceeded
from registry.models import (
    Blob,
    Manifest,
    ManifestBlob,
    ManifestChild,
    Reach,
    Repository,
    RepositoryBlob,
    RepositoryManifest,
)

#: How long a blob is kept from collection while its manifest is awaited.
PINNED_FOR = timedelta(hours=24)


def store_blob(*, repository: Repository, chunks: Iterable[bytes], expected: Digest | None = None) -> Blob:
    """Write a stream to the store and link it to `repository`. Raises DigestInvalid.

    Bytes already stored are still read and hashed, so that a push tells nothing about what others have.
    """
    path, stored = storage.write(chunks, expected.algorithm if expected else "sha256")
    return keep_file(repository=repository, path=path, stored=stored, expected=expected)


def keep_file(*, repository: Repository, path: Path, stored: storage.Stored, expected: Digest | None) -> Blob:
    """Take a written and hashed file into the store and link it. Raises DigestInvalid; the file is gone then."""
    if expected is not None and stored.digest != expected:
        storage.discard(path)
        raise DigestInvalid
    key = storage.keep(path, stored.digest)
    try:
        with transaction.atomic():
            repository.lock()
            blob = _claim(stored, key)
            link_blob(repository=repository, blob=blob)
    except BaseException:
        storage.discard(storage.path_of(key))
        raise
    if blob.storage_key != key:  # the store had these bytes already
        storage.discard(storage.path_of(key))
    return blob


def _claim(stored: storage.Stored, key: str) -> Blob:
    """The live row for these bytes; it takes `key` when it has no file, or one that is being collected."""
    blob, _ = Blob.objects.select_for_update(no_key=True).get_or_create(
        digest=str(stored.digest), defaults={"size": stored.size, "storage_key": key}
    )
    is_whole = blob.state == Blob.State.LIVE and storage.path_of(blob.storage_key).is_file()
    if not is_whole:
        blob.state, blob.storage_key = Blob.State.LIVE, key
        blob.save(update_fields=["state", "storage_key"])
    return blob


@transaction.atomic
def link_blob(*, repository: Repository, blob: Blob) -> None:
    """Say that `blob` is in `repository`, and keep it until a manifest can have named it.

    Raises BlobUnknown when it has been collected meanwhile, QuotaExceeded.
    """
    repository.lock()
    _check_quota(repository, blob)
    if not Blob.objects.filter(pk=blob.pk, state=Blob.State.LIVE).update(unreferenced_at=None):
        raise BlobUnknown
    RepositoryBlob.objects.update_or_create(
        repository=repository, blob=blob, defaults={"pinned_until": timezone.now() + PINNED_FOR}
    )


def _check_quota(repository: Repository, blob: Blob) -> None:
    # Counted under the repository's lock, so that pushes side by side cannot exceed it together.
    if repository.quota_bytes is None:
        return
    others = Blob.objects.filter(repository_links__repository=repository).exclude(pk=blob.pk)
    if (others.aggregate(total=Sum("size"))["total"] or 0) + blob.size > repository.quota_bytes:
        raise QuotaExceeded


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
    RepositoryManifest.objects.get_or_create(
        repository=repository, manifest=manifest, defaults={"subject": found.subject}
    )
    if tag is not None:
        tags.move(repository=repository, name=tag, manifest=manifest, actor=actor, build=build, reason=reason)
    return manifest


def _blobs_of(repository: Repository, found: document.Document) -> list[Blob]:
    wanted = {one.digest: one.size for one in found.blobs}
    blobs = list(Blob.objects.filter(digest__in=wanted, repository_links__repository=repository))
    if missing := wanted.keys() - {blob.digest for blob in blobs}:
        raise ManifestBlobUnknown(min(missing))
    for blob in blobs:
        if blob.size != wanted[blob.digest]:
            raise ManifestInvalid(f"The size given for {blob.digest} is wrong.")
    return blobs


def _children_of(repository: Repository, found: document.Document) -> list[Manifest]:
    wanted = {one.digest for one in found.children}
    children = list(
        Manifest.objects.filter(digest__in=wanted, repository_links__repository=repository).only(
            "id", "digest"
        )
    )
    if missing := wanted - {child.digest for child in children}:
        raise ManifestBlobUnknown(min(missing))
    return children


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
