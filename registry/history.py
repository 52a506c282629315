"""The history of a tag as one tenant may read it: what it was, when, by whom, and what is still kept.

Not in charge of moving anything (`registry.tags`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from registry import tags
from registry.models import HeldTag, RepositoryManifest, Tag, TagEvent
from registry.names import subject_of_companion
from registry.shown import linked
from registry.visibility import View
from tenants.compiled import compiled

#: Stands for whoever of the platform moved a tag: its people are not the tenants' business.
PLATFORM = "platform"
#: Movements that `recent` tells at most.
RECENT = 25
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


class Moved(NamedTuple):
    """What is read of a movement, whoever may see how much of it; a digest is None where there was none."""

    at: datetime
    name: str
    digest: str | None
    stream: str
    previous: str | None
    previous_stream: str
    actor: str
    reason: str
    build: UUID | None


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


def narrowly(events: QuerySet[TagEvent]) -> QuerySet[TagEvent, tuple[Any, ...]]:
    """The rows that `lines` tells: of these events what a line needs, in the order of `Moved`."""
    digests = {"digest": "manifest__digest", "previous": "previous__digest"}
    return events.values_list(*(digests.get(name, name) for name in Moved._fields))


def recent(view: View) -> list[Line]:
    """The newest movements of all tags that this tenant is shown, at most `RECENT`; what was kept is not asked."""
    grant = view.grant
    shown = (
        moved
        # The second part is read only where the first does not have enough.
        for part in (_newest, _newest_but_few)
        for moved in map(Moved._make, part(view.repository.pk))
        if not subject_of_companion(moved.name)
        and (
            grant is None
            or grant.shows(moved.name, moved.stream)
            or grant.shows(moved.name, moved.previous_stream)
        )
    )
    return [_line(view, moved, {}) for moved in islice(shown, RECENT)]


@compiled
def _newest(repository: int) -> QuerySet[TagEvent, tuple[Any, ...]]:
    return _by_time(repository)[: 2 * RECENT]


@compiled
def _newest_but_few(repository: int) -> QuerySet[TagEvent, tuple[Any, ...]]:
    return _by_time(repository)[2 * RECENT : _LOOKED_AT * RECENT]


def _by_time(repository: int) -> QuerySet[TagEvent, tuple[Any, ...]]:
    return narrowly(TagEvent.objects.filter(repository=repository).order_by("-at", "-pk"))


def is_known(view: View, name: str) -> bool:
    """Whether the tag is there for this tenant, or was."""
    return view.tagged(name) is not None or moves(view, name).exists()


def lines(view: View, rows: Iterable[tuple[Any, ...]]) -> list[Line]:
    """These rows (`narrowly`) with what became of each digest."""
    found = [Moved._make(row) for row in rows]
    kept = kept_of(view, {digest for moved in found if (digest := _digest(view, moved))})
    return [_line(view, moved, kept) for moved in found]


def was(view: View, name: str, moment: datetime) -> Was | None:
    """What the tag answered this tenant at `moment`; None when nothing."""
    held = _pin_at(view, name, moment)
    if held is not None:
        digest, since = held.manifest.digest, held.created_at
    else:
        row = narrowly(moves(view, name).filter(at__lte=moment)).first()
        moved = Moved._make(row) if row is not None else None
        digest, since = (_digest(view, moved), moved.at) if moved is not None else ("", moment)
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


def _digest(view: View, moved: Moved) -> str:
    return _shown(view, moved.name, moved.digest, moved.stream)


def _previous(view: View, moved: Moved) -> str:
    return _shown(view, moved.name, moved.previous, moved.previous_stream)


def _shown(view: View, tag: str, digest: str | None, stream: str) -> str:
    if digest is None or (view.grant and not view.grant.shows(tag, stream)):
        return ""
    return digest


def _line(view: View, moved: Moved, kept: dict[str, Kept]) -> Line:
    digest, is_own = _digest(view, moved), view.grant is None
    return Line(
        at=moved.at,
        tag=moved.name,
        digest=digest,
        previous=_previous(view, moved),
        actor=moved.actor if is_own else PLATFORM,
        reason=moved.reason,
        build=moved.build if is_own else None,
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
