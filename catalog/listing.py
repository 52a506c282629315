"""A page of the catalogue: the images that fit a question, and how many each filter would leave.

The database counts images by kind, of which there are a hundred at most, so that every count takes the other filters
into account; rows are read for the page alone. A fixed number of queries, whatever the size. Not in charge of how
images look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.utils import timezone

from catalog import search
from catalog.models import Image
from catalog.wanted import GRACE, Access, Life, Sort, Wanted
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Kind:
    """What is counted of images: thousands of them are of a hundred kinds."""

    category: str
    variants: frozenset[str]
    architectures: frozenset[str]
    life: Life


@dataclass(frozen=True, slots=True)
class Listing:
    """`wanted` may differ from what was asked by `corrected`, the words that were searched instead."""

    wanted: Wanted
    images: Page[int]
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
    """The page of that number, of at most `rows` images."""
    by_access = _kinds(tenant, wanted.words)
    corrected = ""
    if wanted.text and not by_access[wanted.access] and not by_access[Access.AVAILABLE]:
        corrected = search.corrected(_names(tenant), wanted.words)
        if corrected:
            wanted = replace(wanted, text=corrected)
            by_access = _kinds(tenant, wanted.words)
    kinds, found = by_access[wanted.access], search.images_by(tenant, wanted.access)
    fitting = sum(n for kind, n in kinds.items() if _fits(kind, wanted.filters))
    return Listing(
        wanted=wanted,
        images=_page(_narrowed(search.matching(found, wanted.words), wanted), rows, fitting, page),
        by_access={access: of_access.total() for access, of_access in by_access.items()},
        counts={name: _counts(kinds, wanted.filters, name) for name in _VALUES},
        totals={
            name: sum(n for kind, n in kinds.items() if _fits(kind, wanted.filters, but=name))
            for name in _VALUES
        },
        corrected=corrected,
        elsewhere=0
        if not wanted.text or wanted.access == Access.AVAILABLE
        else by_access[Access.AVAILABLE].total(),
    )


def read(tenant: Tenant, access: Access, keys: Iterable[int]) -> list[Image]:
    """The images of these keys in their order, with streams and newest release: two queries."""
    keys = list(keys)
    images = search.with_streams(search.images_by(tenant, access).filter(pk__in=keys))
    images = images.select_related(None).select_related("newest__stream")
    found = {image.pk: image for image in images.defer(
        "description", "words", "names", "other_names", "replaces",
        "newest__spec", "newest__lock", "newest__tests", "newest__stream__spec", "newest__stream__tests",
    )}  # fmt: skip
    return [found[key] for key in keys if key in found]


def _page(ids: QuerySet[Image, int], rows: int, count: int, number: str | None) -> Page[int]:
    """That page of ids of which it is known how many there are."""
    pages = Paginator(ids, rows)
    pages.__dict__["count"] = count  # where a cached property keeps its value
    return pages.get_page(number)


def _names(tenant: Tenant) -> Iterable[str]:
    """Names of whatever the tenant may know of."""
    return search.known_to(tenant).order_by().values_list("names", flat=True)


def _kinds(tenant: Tenant, words: str) -> dict[Access, Counter[Kind]]:
    """How many images of each kind the words find, for each access as `search.images_by` has it; one query."""
    today = timezone.now().date()
    lives = Case(
        *(When(_lives(life, today), then=Value(life.value)) for life in (Life.SUPPORTED, Life.GRACE)),
        default=Value(Life.ENDED.value),
        output_field=CharField(),
    )
    images: QuerySet[Any] = search.matching(search.known_to(tenant), words).order_by()
    grouped = images.values("is_held", "is_free", "category", "variants", "architectures").annotate(
        life=lives
    )
    found: dict[Access, Counter[Kind]] = {access: Counter() for access in Access}
    for one in grouped.annotate(n=Count("pk")):
        variants, architectures = frozenset(one["variants"].split()), frozenset(one["architectures"].split())
        kind = Kind(one["category"], variants, architectures, Life(one["life"]))
        found[Access.YOURS if one["is_held"] else Access.AVAILABLE][kind] += one["n"]
        if one["is_held"] and one["is_free"]:
            found[Access.FREE][kind] += one["n"]
    return found


def _lives(life: Life, today: date) -> Q:
    """Images of which `Life.of` says so."""
    if life == Life.SUPPORTED:
        return Q(ends_on=None) | Q(ends_on__gte=today)
    ends = Q(ends_on__gte=today - GRACE)
    return Q(ends_on__lt=today) & (ends if life == Life.GRACE else ~ends)


def _narrowed(images: QuerySet[Image], wanted: Wanted) -> QuerySet[Image, int]:
    """Ids of those that fit the filters, in order."""
    if wanted.category:
        images = images.filter(category=wanted.category)
    if wanted.variant:
        images = images.filter(variants__contains=f" {wanted.variant} ")
    if wanted.architecture:
        images = images.filter(architectures__contains=f" {wanted.architecture} ")
    if wanted.life:
        images = images.filter(_lives(Life(wanted.life), timezone.now().date()))
    return _sorted(images, wanted).values_list("pk", flat=True)


def _sorted(images: QuerySet[Image], wanted: Wanted) -> QuerySet[Image]:
    if wanted.sort == Sort.NEWEST:
        return images.order_by(F("newest__published_at").desc(nulls_last=True), "name")
    if wanted.sort == Sort.SMALLEST:
        return images.order_by(F("newest__size").asc(nulls_last=True), "name")
    return images.order_by("name") if wanted.sort == Sort.NAME else images


#: The values of a filter that a kind has.
_VALUES: dict[str, Callable[[Kind], Iterable[str]]] = {
    "category": lambda kind: (kind.category,),
    "variant": lambda kind: kind.variants,
    "life": lambda kind: (kind.life,),
    "arch": lambda kind: kind.architectures,
}


def _fits(kind: Kind, filters: Mapping[str, str], but: str = "") -> bool:
    return all(value in _VALUES[name](kind) for name, value in filters.items() if name != but)


def _counts(kinds: Counter[Kind], filters: Mapping[str, str], name: str) -> Counter[str]:
    """How many images have each value of the filter `name`, among those that fit the others."""
    counted: Counter[str] = Counter()
    for kind, n in kinds.items():
        if _fits(kind, filters, but=name):
            counted.update(dict.fromkeys(_VALUES[name](kind), n))
    return counted
