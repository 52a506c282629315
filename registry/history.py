"""The history of a tag as one tenant may read it: what it was, when, by whom, and what is still kept.

Not in charge of moving anything (`registry.tags`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from uuid import UUID

from django.db.models import Q, QuerySet

from registry import tags
from registry.models import HeldTag, RepositoryManifest, Tag, TagEvent
from registry.names import subject_of_companion
from registry.shown import linked
from registry.visibility import View

#: Stands for whoever of the platform moved a tag: its people are not the tenants' business.
PLATFORM = "platform"
#: Events looked at for one that is shown: companion tags move with each release.
_LOOKED_AT = 8


class Kept(StrEnum):
    """What became of a digest that a tag had."""

    HERE = "here"
    WITHDRAWN = "withdrawn"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Line:
    """One movement. `digest` is "" when the tag was deleted, or moved to what this tenant is not shown."""

    at: datetime
    tag: str
    digest: str
    previous: str
    actor: str
    reason: str
    build: UUID | None
    #: None where nobody asked.
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class Was:
    """What a tag answered at a time: `digest`, since `since`; by the tenant's own pin or by its source."""

    digest: str
    since: datetime
    is_pinned: bool
    kept: Kept


def moves(view: View, name: str) -> QuerySet[TagEvent]:
    """Events of a tag that this tenant may read, newest first."""
    found, grant = tags.history(view.repository, name), view.grant
    if grant is None:
        return found
    if subject_of_companion(name) or not grant.shows_name(name):
        return found.none()
    if grant.streams:
        found = found.filter(Q(stream__in=grant.streams) | Q(previous_stream__in=grant.streams))
    return found


def recent(view: View, most: int) -> list[Line]:
    """The newest movements of all tags that this tenant is shown; what was kept is not asked."""
    grant = view.grant
    found = (
        TagEvent.objects.filter(repository=view.repository)
        .select_related("manifest", "previous")
        .defer("manifest__content", "previous__content")
        .order_by("-at", "-pk")
    )
    shown = (
        event
        # The second part is read only where the first does not have enough.
        for part in (found[: 2 * most], found[2 * most : most * _LOOKED_AT])
        for event in part
        if not subject_of_companion(event.name)
        and (
            grant is None
            or grant.shows(event.name, event.stream)
            or grant.shows(event.name, event.previous_stream)
        )
    )
    return [_line(view, event, {}) for event in islice(shown, most)]


def is_known(view: View, name: str) -> bool:
    """Whether the tag is there for this tenant, or was."""
    return view.tagged(name) is not None or moves(view, name).exists()


def lines(view: View, events: Iterable[TagEvent]) -> list[Line]:
    """These events with what became of each digest."""
    events = list(events)
    kept = kept_of(view, {digest for event in events if (digest := _digest(view, event))})
    return [_line(view, event, kept) for event in events]


def was(view: View, name: str, moment: datetime) -> Was | None:
    """What the tag answered this tenant at `moment`; None when nothing."""
    held = _pin_at(view, name, moment)
    if held is not None:
        digest, since = held.manifest.digest, held.created_at
    else:
        event = moves(view, name).filter(at__lte=moment).first()
        digest, since = (_digest(view, event), event.at) if event else ("", moment)
    if not digest:
        return None
    return Was(digest, since, held is not None, kept_of(view, {digest})[digest])


def kept_of(view: View, digests: Iterable[str]) -> dict[str, Kept]:
    """Whether each may still be pulled by this tenant."""
    digests = list(digests)
    links = linked(view, digests)
    return {digest: _kept(links.get(digest)) for digest in digests}


def _kept(link: RepositoryManifest | None) -> Kept:
    if link is None:
        return Kept.GONE
    return Kept.WITHDRAWN if link.withdrawn else Kept.HERE


def _digest(view: View, event: TagEvent) -> str:
    if event.manifest is None or (view.grant and not view.grant.shows(event.name, event.stream)):
        return ""
    return event.manifest.digest


def _previous(view: View, event: TagEvent) -> str:
    if event.previous is None or (view.grant and not view.grant.shows(event.name, event.previous_stream)):
        return ""
    return event.previous.digest


def _line(view: View, event: TagEvent, kept: dict[str, Kept]) -> Line:
    digest, is_own = _digest(view, event), view.grant is None
    return Line(
        at=event.at,
        tag=event.name,
        digest=digest,
        previous=_previous(view, event),
        actor=event.actor if is_own else PLATFORM,
        reason=event.reason,
        build=event.build if is_own else None,
        kept=kept.get(digest),
    )


def _pin_at(view: View, name: str, moment: datetime) -> HeldTag | None:
    if view.grant is None:
        return None
    held = view.grant.held_tags.filter(name=name, created_at__lte=moment)
    held = held.filter(Q(ended_at=None) | Q(ended_at__gt=moment)).select_related("manifest")
    return held.order_by("-created_at").first()


def is_fixed(view: View, name: str) -> bool:
    """Whether the tag never moves."""
    return Tag.objects.filter(repository=view.repository, name=name, is_immutable=True).exists()
