"""Tags of a repository as rows for people: what each points to, and whether it can move.

How they moved is `registry.history`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload

from django.db.models import QuerySet

from catalog.models import Release
from registry.shown import TagFacts, tags_of
from registry.visibility import View
from tenants.compiled import compiled


@dataclass(frozen=True, slots=True)
class TagRow:
    name: str
    digest: str
    is_immutable: bool
    is_pinned: bool
    updated_at: datetime
    #: Bytes of the release that it points to; None where it points to something else.
    size: int | None


class TagRows(Sequence[TagRow]):
    """Shown tags, those that move first, then newest first; sizes are read for the slice that is asked for."""

    def __init__(self, view: View) -> None:
        self._view = view
        by_time = sorted(tags_of(view), key=lambda one: (one.moved_at, one.name), reverse=True)
        self._known = sorted(by_time, key=lambda one: one.is_immutable)
        self._there = {(one.name, one.digest) for one in self._known}

    def __len__(self) -> int:
        return len(self._known)

    @overload
    def __getitem__(self, index: int) -> TagRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[TagRow]: ...
    def __getitem__(self, index: int | slice) -> TagRow | list[TagRow]:
        return (
            self._rows([self._known[index]])[0] if isinstance(index, int) else self._rows(self._known[index])
        )

    def of(self, digest: str) -> list[str]:
        """Names of those that point to `digest`."""
        return [one.name for one in self._known if one.digest == digest]

    def call(self, release: Release) -> str:
        """What `release` can be pulled by here, the tag that never moves if that is shown; else its digest."""
        if (release.unique_tag, release.digest) in self._there:
            return release.unique_tag
        return next(iter(self.of(release.digest)), release.digest)

    def _rows(self, known: list[TagFacts]) -> list[TagRow]:
        sizes = dict(_sizes(self._view.repository.pk, [one.digest for one in known]))
        return [
            TagRow(one.name, one.digest, one.is_immutable, one.is_pinned, one.moved_at, sizes.get(one.digest))
            for one in known
        ]


@compiled
def _sizes(repository: int, digests: list[str]) -> QuerySet[Release, tuple[str, int]]:
    """(digest, bytes) of those of these that are releases."""
    return (
        Release.objects.filter(repository=repository, digest__in=digests)
        .order_by()
        .values_list("digest", "size")
    )
