"""Move, delete and read the history of tags. Every change leaves a TagEvent."""

from __future__ import annotations

from datetime import datetime
from fnmatch import fnmatchcase
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from registry.errors import ManifestUnknown, TagImmutable
from registry.models import Manifest, Repository, Tag, TagEvent
from registry.names import check_tag


@transaction.atomic
def move(
    *,
    repository: Repository,
    name: str,
    manifest: Manifest,
    actor: str,
    build: UUID | None = None,
    reason: str = "",
    is_immutable: bool = False,
) -> TagEvent:
    """Point `name` at `manifest`; pointing it where it already points changes nothing.

    Returns the event that put it there. Raises TagInvalid, or TagImmutable when the tag may not move.
    """
    check_tag(name)
    repository.lock()
    is_immutable = is_immutable or matches(name, repository.immutable_tags)
    tag, is_new = Tag.objects.select_for_update().get_or_create(
        repository=repository, name=name, defaults={"manifest": manifest, "is_immutable": is_immutable}
    )
    previous = None if is_new else tag.manifest
    if previous == manifest:
        last = history(repository, name).first()
        if last is not None:
            return last
    if not is_new:
        if tag.is_immutable or is_immutable:
            raise TagImmutable
        tag.manifest = manifest
        tag.save(update_fields=["manifest", "updated_at"])
    return _event(repository, name, manifest, previous, actor, build, reason)


@transaction.atomic
def delete(*, repository: Repository, name: str, actor: str, reason: str = "") -> TagEvent:
    """Remove a tag; the manifest stays. Raises ManifestUnknown, TagImmutable."""
    repository.lock()
    tag = Tag.objects.select_for_update().filter(repository=repository, name=name).first()
    if tag is None:
        raise ManifestUnknown
    if tag.is_immutable:
        raise TagImmutable
    tag.delete()
    return _event(repository, name, None, tag.manifest, actor, None, reason)


def history(repository: Repository, name: str) -> QuerySet[TagEvent]:
    """Events of a tag, newest first."""
    return (
        TagEvent.objects.filter(repository=repository, name=name)
        .select_related("manifest", "previous")
        .order_by("-at", "-pk")
    )


def at(repository: Repository, name: str, moment: datetime) -> Manifest | None:
    """What the tag pointed to at `moment`; None when it did not exist then."""
    event = history(repository, name).filter(at__lte=moment).first()
    return event.manifest if event else None


def matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _event(
    repository: Repository,
    name: str,
    manifest: Manifest | None,
    previous: Manifest | None,
    actor: str,
    build: UUID | None,
    reason: str,
) -> TagEvent:
    return TagEvent.objects.create(
        repository=repository,
        name=name,
        manifest=manifest,
        previous=previous,
        actor=actor,
        build=build,
        reason=reason[:200],
        at=timezone.now(),
    )
