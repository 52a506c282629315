"""A page of the catalogue: the images that fit a question, and how many each filter would leave.

A platform has some thousands of images: what is counted of all that the words find is read narrowly, in order, by one
query (an index holds all of it), and counted here, so that every count takes the other filters into account. Rows are
read whole for the page alone. Not in charge of how images look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.core.paginator import Page, Paginator
from django.db.models import F, IntegerField, QuerySet
from django.db.models.functions import Cast

from catalog import kinds, search
from catalog.kinds import SAID, Kind, as_text, said_of
from catalog.limits import Parts, narrowed_among, parts
from catalog.models import Image
from catalog.shelf import Facts
from catalog.wanted import Access, Life, Sort, Wanted
from registry.models import Grant
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
#: What is sorted by, of an image.
_SORTED = {Sort.NEWEST: "newest_at", Sort.SMALLEST: "newest_size"}


@dataclass(frozen=True, slots=True)
class Listing:
    """`wanted` may differ from what was asked by `corrected`, the words that were searched instead."""

    wanted: Wanted
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
    """The page of that number, of at most `rows` images; two queries, four for words, six for mistyped ones.

    Five more where grants hide something, two more for each word that only packages may correct.
    """
    held = Grant.objects.of(tenant.pk).in_force().by_repository()
    seen = parts(tenant=tenant, repositories=[key for key, is_limited in held.items() if is_limited])
    found, corrected = _Found(tenant, wanted, held, seen), ""
    if wanted.text and not found.of(wanted.access) and not found.of(Access.AVAILABLE):
        corrected = search.corrected(_names(tenant, held), wanted.words, tenant=tenant, seen=seen)
        if corrected:
            wanted = replace(wanted, text=corrected)
            found = _Found(tenant, wanted, held, seen)
    here, filters = found.of(wanted.access), wanted.filters
    by_access = {access: found.of(access).total() for access in Access}
    if wanted.text:
        yours, free = _held(Image.objects.all(), held), _held(Image.objects.filter(is_free=True), held)
    else:
        yours, free = by_access[Access.YOURS], by_access[Access.FREE]
    return Listing(
        wanted=wanted,
        yours=yours,
        free=free,
        images=Paginator(found.fitting(wanted), rows).get_page(page),
        by_access=by_access,
        counts=kinds.counts(here, filters),
        totals=kinds.totals(here, filters),
        limited=frozenset(seen.facts),
        corrected=corrected,
        elsewhere=0 if not wanted.text or wanted.access == Access.AVAILABLE else by_access[Access.AVAILABLE],
    )


class _Found:
    """All images that the words find and the tenant may know of, in order.

    `held` are repositories granted to it, `seen` what it sees of those that are so in part.
    """

    def __init__(self, tenant: Tenant, wanted: Wanted, held: Container[int], seen: Parts) -> None:
        images = search.matching(Image.objects.order_by("name"), wanted.words, seen=seen)
        rows = list(_sorted(images, wanted).values_list("pk", "repository_id", as_text("ends_on"), SAID))
        if seen.facts:
            rows = _as_seen(rows, images, wanted, seen)
        lives = {day: Life.now(day and date.fromisoformat(day)) for day in {day for _, _, day, _ in rows}}
        self._images = [
            (key, (facts, lives[day], repository in held)) for key, repository, day, facts in rows
        ]
        self._counted = Counter(counted for _, counted in self._images)
        self._kinds = {
            (facts, life, is_held): Kind.read(facts, life=life, is_held=is_held, is_open=tenant.is_open)
            for facts, life, is_held in self._counted
        }

    def of(self, access: Access) -> Counter[Kind]:
        """How many there are of each kind."""
        found: Counter[Kind] = Counter()
        for counted, n in self._counted.items():
            if (kind := self._kinds[counted]).is_of(access):
                found[kind] += n
        return found

    def fitting(self, wanted: Wanted) -> list[int]:
        """Keys of those that also fit access and filters."""
        filters = wanted.filters
        fit = {
            counted
            for counted, kind in self._kinds.items()
            if kind.is_of(wanted.access) and kind.fits(filters)
        }
        return [key for key, counted in self._images if counted in fit]


#: Of an image: its key, its repository, the day it ends on, `SAID`.
_Row = tuple[int, int, str | None, str]


def _row_as_seen(row: _Row, facts: Facts | None) -> _Row:
    if facts is None:
        return row
    key, repository, _, said = row
    return key, repository, facts.ends_on.isoformat() if facts.ends_on else None, said_of(facts, said)


def _as_seen(rows: list[_Row], images: QuerySet[Image], wanted: Wanted, seen: Parts) -> list[_Row]:
    """The same rows with what is seen of each image in place of all of it, in the order that this gives."""
    changed = [_row_as_seen(row, seen.facts.get(row[1])) for row in rows]
    if wanted.sort not in _SORTED:
        return changed
    name = _SORTED[wanted.sort]
    values = dict(images.order_by().values_list("repository_id", name))
    values |= {repository: getattr(facts, name) for repository, facts in seen.facts.items()}
    known = [row for row in changed if values[row[1]] is not None]
    known.sort(key=lambda row: values[row[1]], reverse=wanted.sort == Sort.NEWEST)
    return known + [row for row in changed if values[row[1]] is None]


def read(tenant: Tenant, found: Listing) -> list[Image]:
    """The images of the page in order, with what is newest of each that is shown; where nothing is, with streams."""
    keys, access = list(found.images), found.wanted.access
    images = search.images_by(tenant, access).filter(pk__in=keys).select_related(None)
    images = images.select_related("newest__stream").only(*_SHOWN)
    read = {one.pk: one for one in narrowed_among(found.limited, tenant=tenant, images=images)}
    search.add_streams(image for image in read.values() if image.newest_id is None)
    return [read[key] for key in keys if key in read]


def _held(images: QuerySet[Image], held: Container[int]) -> int:
    """How many of `images` are in these repositories: to read their keys is quicker than to have them joined."""
    return sum(key in held for key in images.order_by().values_list("repository_id", flat=True))


def _names(tenant: Tenant, held: Container[int]) -> list[str]:
    """Names of whatever the tenant may know of, as `search.known_to` has it."""
    rows = Image.objects.values_list("names", "repository_id", Cast("is_listed", IntegerField()))
    return [
        names
        for names, repository, is_listed in rows
        if repository in held or (is_listed and not tenant.is_open)
    ]


def _sorted(images: QuerySet[Image], wanted: Wanted) -> QuerySet[Image]:
    if wanted.sort == Sort.NEWEST:
        return images.order_by(F("newest_at").desc(nulls_last=True), "name")
    if wanted.sort == Sort.SMALLEST:
        return images.order_by(F("newest_size").asc(nulls_last=True), "name")
    return images.order_by("name") if wanted.sort == Sort.NAME else images
