"""Tags of a repository as rows for people: what each points to, and whether it can move.

How they moved is `registry.history`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from catalog.models import Release
from registry.models import HeldTag, Tag
from registry.visibility import View


@dataclass(frozen=True, slots=True)
class TagRow:
    name: str
    digest: str
    is_immutable: bool
    is_pinned: bool
    updated_at: datetime
    #: Bytes of the release that it points to; None where it points to something else.
    size: int | None


def tag_rows(view: View) -> list[TagRow]:
    """Shown tags, those that move first, then newest first; three queries beside the view's own."""
    names = view.tags()
    rows = (
        Tag.objects.filter(repository=view.repository, name__in=names)
        .select_related("manifest")
        .defer("manifest__content")
    )
    pins = HeldTag.objects.in_force().filter(grant=view.grant, name__in=names).select_related("manifest")
    found: dict[str, Tag | HeldTag] = {row.name: row for row in rows}
    found |= {pin.name: pin for pin in pins} if view.grant is not None else {}
    digests = {row.manifest.digest for row in found.values()}
    of_releases = Release.objects.filter(repository=view.repository, digest__in=digests)
    sizes: dict[str, int] = dict(of_releases.values_list("digest", "size"))
    shown = [_row(row, sizes.get(row.manifest.digest)) for row in found.values()]
    by_time = sorted(shown, key=lambda row: (row.updated_at, row.name), reverse=True)
    return sorted(by_time, key=lambda row: row.is_immutable)


def _row(row: Tag | HeldTag, size: int | None) -> TagRow:
    return TagRow(
        name=row.name,
        digest=row.manifest.digest,
        is_immutable=isinstance(row, Tag) and row.is_immutable,
        is_pinned=isinstance(row, HeldTag),
        updated_at=row.updated_at if isinstance(row, Tag) else row.created_at,
        size=size,
    )
