"""A page of the catalogue: the images that fit a question, and how many each filter would leave.

All images of the chosen access are read once, narrowly, and counted here, so that every count takes the other
filters into account: a fixed number of queries, whatever the size. Not in charge of how images look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.utils import timezone

from catalog import search
from catalog.models import Image
from catalog.wanted import Access, Life, Sort, Wanted
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Facts:
    """What is counted of one image."""

    pk: int
    category: str
    variants: frozenset[str]
    architectures: frozenset[str]
    life: Life


@dataclass(frozen=True, slots=True)
class Listing:
    """`wanted` may differ from what was asked by `corrected`, the words that were searched instead."""

    wanted: Wanted
    images: Page[int]
    #: How many there are of each access, of any words and filters.
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
    found, elsewhere = _search(tenant, wanted)
    corrected = ""
    if wanted.text and not found and not elsewhere:
        corrected = search.corrected(_names(tenant), wanted.words)
        if corrected:
            wanted = replace(wanted, text=corrected)
            found, elsewhere = _search(tenant, wanted)
    fitting = [one.pk for one in found if _fits(one, wanted.filters)]
    return Listing(
        wanted=wanted,
        images=Paginator(fitting, rows).get_page(page),
        by_access=_by_access(tenant),
        counts=_counts(found, wanted.filters),
        totals={name: sum(_fits(one, wanted.filters, but=name) for one in found) for name in _VALUES},
        corrected=corrected,
        elsewhere=elsewhere,
    )


def read(tenant: Tenant, access: Access, keys: Iterable[int]) -> list[Image]:
    """The images of these keys in their order, with streams and newest release: two queries."""
    keys = list(keys)
    images = search.with_streams(search.images_by(tenant, access).filter(pk__in=keys))
    found = {image.pk: image for image in images.select_related("newest__stream").defer(
        "description", "words", "newest__spec", "newest__lock", "newest__tests",
        "newest__stream__spec", "newest__stream__tests",
    )}  # fmt: skip
    return [found[key] for key in keys if key in found]


def _search(tenant: Tenant, wanted: Wanted) -> tuple[list[Facts], int]:
    """What the words find, and how many more images they find that the tenant may ask for."""
    found = _facts(search.matching(search.images_by(tenant, wanted.access), wanted.words), wanted)
    if not wanted.text or wanted.access == Access.AVAILABLE:
        return found, 0
    return found, search.matching(search.available_to(tenant), wanted.words).count()


def _names(tenant: Tenant) -> Iterator[str]:
    """Names of whatever the tenant may know of."""
    for images in (search.images_of(tenant), search.available_to(tenant)):
        yield from images.order_by().values_list("names", flat=True)


def _by_access(tenant: Tenant) -> dict[Access, int]:
    free = Counter(search.images_of(tenant).values_list("is_free", flat=True))
    return {
        Access.YOURS: free.total(),
        Access.AVAILABLE: search.available_to(tenant).count(),
        Access.FREE: free[True],
    }


def _facts(images: QuerySet[Image], wanted: Wanted) -> list[Facts]:
    today = timezone.now().date()
    rows = _sorted(images, wanted).values_list("pk", "category", "variants", "architectures", "ends_on")
    return [_fact(*row, today) for row in rows]


def _fact(
    pk: int, category: str, variants: str, architectures: str, ends_on: date | None, today: date
) -> Facts:
    return Facts(
        pk, category, frozenset(variants.split()), frozenset(architectures.split()), Life.of(ends_on, today)
    )


def _sorted(images: QuerySet[Image], wanted: Wanted) -> QuerySet[Image]:
    if wanted.sort == Sort.NEWEST:
        return images.order_by(F("newest__published_at").desc(nulls_last=True), "name")
    if wanted.sort == Sort.SMALLEST:
        return images.order_by(F("newest__size").asc(nulls_last=True), "name")
    return images.order_by("name") if wanted.sort == Sort.NAME else images


#: The values of a filter that an image has.
_VALUES: dict[str, Callable[[Facts], Iterable[str]]] = {
    "category": lambda one: (one.category,),
    "variant": lambda one: one.variants,
    "life": lambda one: (one.life,),
    "arch": lambda one: one.architectures,
}


def _fits(one: Facts, filters: Mapping[str, str], but: str = "") -> bool:
    return all(value in _VALUES[name](one) for name, value in filters.items() if name != but)


def _counts(found: list[Facts], filters: Mapping[str, str]) -> dict[str, Counter[str]]:
    """For each filter: how many have each value, among those that fit the others."""
    return {
        name: Counter(value for one in found if _fits(one, filters, but=name) for value in values(one))
        for name, values in _VALUES.items()
    }
