"""Tags of a repository as rows for people: what each points to, whether it can move, how it moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from catalog.models import Release
from registry.models import Tag, TagEvent
from registry.visibility import View

#: Events shown in the history of all tags.
EVENTS = 100


@dataclass(frozen=True, slots=True)
class TagRow:
    name: str
    digest: str
    is_immutable: bool
    updated_at: datetime
    release: Release | None


def tag_rows(view: View) -> list[TagRow]:
    """Shown tags, those that move first, then newest first; two queries beside the view's own."""
    names = view.tags()
    rows = Tag.objects.filter(repository=view.repository, name__in=names).select_related("manifest")
    held = {} if view.grant is None else _held(view)
    digests = {row.name: held.get(row.name, row.manifest.digest) for row in rows}
    releases = {
        release.digest: release
        for release in Release.objects.filter(
            repository=view.repository, digest__in=set(digests.values())
        ).defer("spec", "lock")
    }
    found = [
        TagRow(
            name=row.name,
            digest=digests[row.name],
            is_immutable=row.is_immutable,
            updated_at=row.updated_at,
            release=releases.get(digests[row.name]),
        )
        for row in rows
    ]
    by_time = sorted(found, key=lambda row: (row.updated_at, row.name), reverse=True)
    return sorted(by_time, key=lambda row: row.is_immutable)


def history(view: View) -> list[TagEvent]:
    """The newest movements of the tags this tenant sees."""
    names = view.tags()
    return list(
        TagEvent.objects.filter(repository=view.repository, name__in=names)
        .select_related("manifest", "previous")
        .order_by("-at", "-pk")[:EVENTS]
    )


def _held(view: View) -> dict[str, str]:
    if view.grant is None:
        return {}
    return dict(view.grant.held_tags.values_list("name", "manifest__digest"))
