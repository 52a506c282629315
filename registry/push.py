"""Store blobs and manifests in a repository. Not in charge of who may: see `registry.door`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from registry import document, storage, tags
from registry.digest import Digest
from registry.errors import DigestInvalid, ManifestBlobUnknown, ManifestInvalid
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
    with transaction.atomic():
        blob, _ = Blob.objects.get_or_create(
            digest=str(stored.digest), defaults={"size": stored.size, "storage_key": key}
        )
        link_blob(repository=repository, blob=blob)
    return blob


def link_blob(*, repository: Repository, blob: Blob) -> None:
    """Say that `blob` is in `repository`, and keep it until a manifest can have named it."""
    RepositoryBlob.objects.update_or_create(
        repository=repository, blob=blob, defaults={"pinned_until": timezone.now() + PINNED_FOR}
    )
    Blob.objects.filter(pk=blob.pk, unreferenced_at__isnull=False).update(unreferenced_at=None)


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
    existing = Manifest.objects.filter(digest=digest).first()
    if existing is not None:
        if existing.media_type != found.media_type:
            raise ManifestInvalid("These bytes are known here under another media type.")
        return existing
    try:
        with transaction.atomic():
            manifest = Manifest.objects.create(
                digest=digest,
                media_type=found.media_type,
                artifact_type=found.artifact_type,
                content=content,
                size=len(content),
                annotations=found.annotations,
                subject=found.subject,
            )
    except IntegrityError:  # another push of the same bytes was faster
        return Manifest.objects.get(digest=digest)
    ManifestBlob.objects.bulk_create([ManifestBlob(manifest=manifest, blob=blob) for blob in blobs])
    ManifestChild.objects.bulk_create([ManifestChild(parent=manifest, child=child) for child in children])
    below = set(Reach.objects.filter(root__in=children).values_list("manifest_id", flat=True))
    Reach.objects.bulk_create([Reach(root=manifest, manifest_id=one) for one in {manifest.pk, *below}])
    return manifest
