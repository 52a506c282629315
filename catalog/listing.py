"""A page of the catalogue: the images that fit a question, and how many each filter would leave.

A platform has some thousands of images: what is counted of all that the words find is read narrowly (`catalog.rows`), and
counted here, so that every count takes the other filters into account. Rows are read whole for the page alone. Not in
charge of how images look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils import timezone

from catalog import correcting, kinds, queries, search
from catalog.kinds import Kind
from catalog.limits import add_streams, narrowed_among
from catalog.models import Image
from catalog.parts import Parts, parts
from catalog.rows import matched, with_freedom
from catalog.wanted import Access, Life, Wanted
from tenants.compiled import Compiled, compiled
from tenants.models import Tenant

#: What a list shows of an image: the rest is large, and twenty of each are made.
_RELEASE = (
    *("digest", "unique_tag", "published_at", "size", "repository_id", "stream_id"),
    *("platforms", "tested", "test_summary", "signing_key"),
)
_SHOWN = (
    *("name", "summary", "is_free", "ends_on", "architectures", "repository_id"),
    *(f"newest__{name}" for name in _RELEASE),
    *(f"newest__stream__{name}" for name in ("name", "image_id")),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """`wanted` may differ from what was asked by `corrected`, the words that were searched instead."""

    wanted: Wanted
    #: By their repositories.
    images: Page[int]
    #: How many the tenant may pull, and how many of these are free, whatever was asked.
    yours: int
    free: int
    #: Repositories of which the tenant is granted a part.
    limited: frozenset[int]
    #: How many the words find of each access, whatever the filters.
    by_access: Mapping[Access, int]
    #: Filter and value to how many it would leave.
    counts: Mapping[str, Mapping[str, int]]
    #: Filter to how many there are without it.
    totals: Mapping[str, int]
    #: Words that were searched in place of mistyped ones, or "".
    corrected: str
    #: How many more would be found among those that may be asked for.
    elsewhere: int


def listing(*, tenant: Tenant, wanted: Wanted, page: str | None, rows: int) -> Listing:
    """The page of that number, of at most `rows` images; two queries, three for words, five for mistyped ones.

    Six more where grants hide something, one more for words that only packages may correct.
    """
    held = dict(queries.held(tenant.pk))
    seen = parts(tenant=tenant, repositories=[key for key, is_limited in held.items() if is_limited])
    found, corrected = _Found(tenant, wanted, held, seen), ""
    if wanted.text and not found.of(wanted.access) and not found.of(Access.AVAILABLE):
        corrected = correcting.corrected_for(tenant, wanted.words, held=held, seen=seen)
        if corrected:
            wanted = replace(wanted, text=corrected)
            found = _Found(tenant, wanted, held, seen)
    by_access = {access: found.count(access) for access in Access}
    yours, free = _held(held) if wanted.text else (by_access[Access.YOURS], by_access[Access.FREE])
    left = kinds.left(found.of(wanted.access), wanted.filters)
    return Listing(
        wanted=wanted,
        yours=yours,
        free=free,
        images=Paginator(found.fitting(wanted), rows).get_page(page),
        by_access=by_access,
        counts=left.counts,
        totals=left.totals,
        limited=frozenset(seen.facts),
        corrected=corrected,
        elsewhere=0 if not wanted.text or wanted.access == Access.AVAILABLE else by_access[Access.AVAILABLE],
    )


class _Found:
    """All images that the words find and the tenant may know of, in order.

    `held` are repositories granted to it, `seen` what it sees of those that are so in part.
    """

    def __init__(self, tenant: Tenant, wanted: Wanted, held: Container[int], seen: Parts) -> None:
        rows = matched(wanted, seen)
        today, days = timezone.now().date(), {day for _, _, day, *_ in rows}
        lives = {day: Life.of(date.fromisoformat(day) if day else None, today) for day in days}
        self._repositories = [repository for repository, *_ in rows]
        self._counted = [
            (said, lives[day], repository in held, is_listed, is_free)
            for repository, said, day, is_listed, is_free in rows
        ]
        self._kinds = {
            counted: (_kind(counted, is_open=tenant.is_open), n)
            for counted, n in Counter(self._counted).items()
        }

    def of(self, access: Access) -> list[tuple[Kind, int]]:
        """Their kinds, each with how many there are of it."""
        return [(kind, n) for kind, n in self._kinds.values() if kind.is_of(access)]

    def count(self, access: Access) -> int:
        return sum(n for _, n in self.of(access))

    def fitting(self, wanted: Wanted) -> list[int]:
        """Repositories of those that also fit access and filters."""
        fit = {
            counted
            for counted, (kind, _) in self._kinds.items()
            if kind.is_of(wanted.access) and not kind.misses(wanted.filters)
        }
        return [key for key, counted in zip(self._repositories, self._counted, strict=True) if counted in fit]


def _kind(counted: tuple[str, Life, bool, int, int], *, is_open: bool) -> Kind:
    """Where everyone is let in (`is_open`) nobody asks."""
    said, life, is_held, is_listed, is_free = counted
    is_offered = bool(is_listed) and not is_held and not is_open
    return Kind.read(said, life=life, is_held=is_held, is_offered=is_offered, is_free=bool(is_free))


def read(tenant: Tenant, found: Listing) -> list[Image]:
    """The images of the page in order, with what is newest of each that is shown; where nothing is, with streams."""
    keys = list(found.images)
    images = _of_page(found.wanted.access)(tenant.pk, keys)
    read = {one.repository_id: one for one in narrowed_among(found.limited, tenant=tenant, images=images)}
    add_streams([image for image in read.values() if image.newest_id is None])
    return [read[key] for key in keys if key in read]


@cache
def _of_page(access: Access) -> Compiled[[int, list[int]], Image]:
    """Images of these repositories, by a tenant's key."""

    @compiled
    def images(tenant: int, repositories: list[int]) -> QuerySet[Image]:
        found = search.images_for(tenant, access).filter(repository__in=repositories)
        return found.select_related("newest__stream").only(*_SHOWN)

    return images


def _held(held: Container[int]) -> tuple[int, int]:
    """How many images are in these repositories, and how many free ones: quicker than to have them joined."""
    free = [is_free for repository, is_free in with_freedom() if repository in held]
    return len(free), sum(free)
