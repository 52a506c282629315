"""Tags and releases of a repository as a tenant sees them: with digests, holds included.

The rights are those of `registry.visibility`; here is only what a page or the API says beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload

from django.db.models import QuerySet

from catalog.models import Release
from registry.models import HeldTag, Tag
from registry.shown import roots_of
from registry.visibility import View


@dataclass(frozen=True, slots=True)
class ShownTag:
    """A tag and where it points for this tenant."""

    name: str
    digest: str
    media_type: str
    is_immutable: bool
    is_held: bool
    updated_at: datetime


class TagsShown(Sequence[ShownTag]):
    """All shown tags in byte order of their names; details are read only for the slice that is asked for."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._names = view.tags()

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> ShownTag: ...
    @overload
    def __getitem__(self, index: slice) -> list[ShownTag]: ...
    def __getitem__(self, index: int | slice) -> ShownTag | list[ShownTag]:
        if isinstance(index, int):
            return self._read([self._names[index]])[0]
        return self._read(self._names[index])

    def _read(self, names: list[str]) -> list[ShownTag]:
        rows = Tag.objects.filter(repository=self._view.repository, name__in=names)
        held = HeldTag.objects.in_force().filter(grant=self._view.grant, name__in=names)
        found = {row.name: _shown(row) for row in rows.select_related("manifest")}
        found |= {row.name: _held(row) for row in held.select_related("manifest")}
        # A tag may be deleted between the two queries.
        return [found[name] for name in names if name in found]


def tags_shown(view: View) -> TagsShown:
    """The tags of `view`, with digests."""
    return TagsShown(view)


def releases_shown(view: View) -> QuerySet[Release]:
    """Releases of `view` whose digest may be pulled, newest first."""
    releases = Release.objects.filter(repository=view.repository)
    digests = digests_shown(view)
    return releases if digests is None else releases.filter(digest__in=digests)


def shows_every_release(view: View) -> bool:
    """Whether nothing has to be asked to know that each release may be pulled."""
    # Of a grant that hides nothing, too: unique tags keep each release in sight.
    return view.grant is None or not view.grant.hides


def digests_shown(view: View) -> list[str] | None:
    """Those that a release of `view` must have; None where each is shown."""
    if shows_every_release(view):
        return None
    roots = roots_of(view)
    return None if roots is None else list(roots)


def _shown(row: Tag) -> ShownTag:
    manifest = row.manifest
    return ShownTag(
        row.name,
        manifest.digest,
        manifest.media_type,
        row.is_immutable,
        is_held=False,
        updated_at=row.updated_at,
    )


def _held(row: HeldTag) -> ShownTag:
    manifest = row.manifest
    return ShownTag(
        row.name,
        manifest.digest,
        manifest.media_type,
        is_immutable=False,
        is_held=True,
        updated_at=row.created_at,
    )
