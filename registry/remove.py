"""Take manifests and blobs out of a repository. The bytes stay until nothing anywhere needs them."""

from __future__ import annotations

from django.db import transaction

from registry import tags
from registry.errors import BlobUnknown, ManifestUnknown
from registry.models import Manifest, Repository, RepositoryBlob, RepositoryManifest, Tag


@transaction.atomic
def remove_manifest(*, repository: Repository, digest: str, actor: str) -> None:
    """Unlink a manifest and delete the tags that point to it. Raises ManifestUnknown, TagImmutable."""
    manifest = Manifest.objects.filter(digest=digest, repository_links__repository=repository).first()
    if manifest is None:
        raise ManifestUnknown
    pointing = Tag.objects.filter(repository=repository, manifest=manifest)
    for name in list(pointing.values_list("name", flat=True)):
        tags.delete(repository=repository, name=name, actor=actor, reason="manifest deleted")
    RepositoryManifest.objects.filter(repository=repository, manifest=manifest).delete()


@transaction.atomic
def remove_blob(*, repository: Repository, digest: str) -> None:
    """Unlink a blob. Raises BlobUnknown."""
    gone, _ = RepositoryBlob.objects.filter(repository=repository, blob__digest=digest).delete()
    if not gone:
        raise BlobUnknown
