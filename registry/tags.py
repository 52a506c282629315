"""Move, delete and read the history of tags. Every change leaves a TagEvent.

Not in charge of turning back (`registry.rollback`), nor of a tenant's own pins (`registry.pins`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from registry.errors import ManifestUnknown, ManifestWithdrawn, TagImmutable
from registry.models import Manifest, Repository, RepositoryManifest, Tag, TagEvent
from registry.names import check_tag, matches


@dataclass(frozen=True, slots=True)
class Follows:
    """The version stream whose release a tag is moved to, "" for none, and when that ends."""

    stream: str = ""
    ends_on: date | None = None


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
    follows: Follows = Follows(),
) -> TagEvent:
    """Point `name` at `manifest`; pointing it where it already points leaves no event.

    Returns the event that put it there. Raises TagInvalid, TagImmutable when the tag may not move,
    ManifestWithdrawn.
    """
    check_tag(name)
    repository.lock()
    is_immutable = is_immutable or matches(name, repository.immutable_tags)
    tag = _locked(repository, name) or Tag(repository=repository, name=name, is_immutable=is_immutable)
    previous, previous_stream = (tag.manifest, tag.stream) if tag.pk else (None, "")
    tag.stream, tag.ends_on = follows.stream, follows.ends_on
    if previous == manifest:
        Tag.objects.filter(pk=tag.pk).update(stream=tag.stream, ends_on=tag.ends_on)
        if last := history(repository, name).first():
            return last
    else:
        _repoint(tag, manifest, is_fixed=is_immutable)
    return TagEvent.objects.create(
        repository=repository,
        name=name,
        manifest=manifest,
        previous=previous,
        stream=tag.stream,
        previous_stream=previous_stream,
        actor=actor,
        build=build,
        reason=reason[:200],
        at=timezone.now(),
    )


@transaction.atomic
def delete(*, repository: Repository, name: str, actor: str, reason: str = "") -> TagEvent:
    """Remove a tag; the manifest stays, and so does the history. Raises ManifestUnknown, TagImmutable."""
    repository.lock()
    tag = _locked(repository, name)
    if tag is None:
        raise ManifestUnknown
    if tag.is_immutable or matches(name, repository.immutable_tags):
        raise TagImmutable
    tag.delete()
    return TagEvent.objects.create(
        repository=repository,
        name=name,
        manifest=None,
        previous=tag.manifest,
        previous_stream=tag.stream,
        actor=actor,
        reason=reason[:200],
        at=timezone.now(),
    )


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


def end_stream(*, repository: Repository, stream: str, ends_on: date | None) -> None:
    """Say when a version stream ends, on every tag of it; None for not known."""
    tags = Tag.objects.filter(repository=repository, stream=stream)
    tags.exclude(ends_on=ends_on).update(ends_on=ends_on)


def _locked(repository: Repository, name: str) -> Tag | None:
    tags = Tag.objects.select_for_update(of=("self",)).select_related("manifest")
    return tags.filter(repository=repository, name=name).first()


def _repoint(tag: Tag, manifest: Manifest, *, is_fixed: bool) -> None:
    if tag.pk and (tag.is_immutable or is_fixed):
        raise TagImmutable
    links = RepositoryManifest.objects.filter(repository=tag.repository, manifest=manifest)
    if links.exclude(withdrawn="").exists():
        raise ManifestWithdrawn
    tag.manifest, tag.withdrawn = manifest, ""
    tag.save()
