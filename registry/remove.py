"""Take tags, manifests and blobs out of a repository. The bytes stay until nothing anywhere needs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from registry import tags
from registry.errors import BlobUnknown, ManifestUnknown, TagImmutable
from registry.models import (
    Manifest,
    ManifestBlob,
    Reach,
    Repository,
    RepositoryBlob,
    RepositoryManifest,
    Tag,
    TagEvent,
)
from registry.push import PINNED_FOR
from tenants import audit
from tenants.models import User


@transaction.atomic
def remove_tag(*, repository: Repository, name: str, actor: User, address: str = "") -> TagEvent:
    """Delete a tag by hand, with an entry in the audit trail. Raises ManifestUnknown, TagImmutable.

    What a client deletes stands in the tag's history alone.
    """
    event = tags.delete(repository=repository, name=name, actor=str(actor))
    audit.record(
        tenant=repository.tenant,
        actor=actor,
        verb="tag.deleted",
        object=f"{repository.name}:{name}",
        address=address,
        data={"digest": event.previous.digest if event.previous else ""},
    )
    return event


@transaction.atomic
def remove_manifest(*, repository: Repository, digest: str, actor: str) -> None:
    """Unlink a manifest and delete the tags that point to it.

    Raises ManifestUnknown, TagImmutable when such a tag never moves, or one does not whose index lists it.
    """
    repository.lock()
    manifest = Manifest.objects.filter(digest=digest, repository_links__repository=repository).first()
    if manifest is None:
        raise ManifestUnknown
    pointing = Tag.objects.filter(repository=repository, manifest=manifest)
    _refuse_fixed(repository, Reach.objects.filter(manifest=manifest).values("root"))
    for name in list(pointing.values_list("name", flat=True)):
        tags.delete(repository=repository, name=name, actor=actor, reason="manifest deleted")
    unlink(repository=repository, manifests=[manifest.pk])


def unlink(*, repository: Repository, manifests: Sequence[int]) -> None:
    """Take manifests (by id) out; their blobs stay as long as after an upload, for whoever has just seen them."""
    RepositoryManifest.objects.filter(repository=repository, manifest__in=manifests).delete()
    held = ManifestBlob.objects.filter(manifest__in=manifests).values("blob")
    RepositoryBlob.objects.filter(repository=repository, blob__in=held).update(
        pinned_until=timezone.now() + PINNED_FOR
    )


@transaction.atomic
def remove_blob(*, repository: Repository, digest: str) -> None:
    """Unlink a blob. Raises BlobUnknown, TagImmutable when a tag that never moves needs it."""
    repository.lock()
    _refuse_fixed(repository, Reach.objects.filter(manifest__blob_links__blob__digest=digest).values("root"))
    gone, _ = RepositoryBlob.objects.filter(repository=repository, blob__digest=digest).delete()
    if not gone:
        raise BlobUnknown


def _refuse_fixed(repository: Repository, roots: QuerySet[Reach, Any]) -> None:
    """A tag that never moves keeps all that it reaches."""
    if Tag.objects.filter(repository=repository, is_immutable=True, manifest__in=roots).exists():
        raise TagImmutable
