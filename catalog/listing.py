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
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from catalog import search
from catalog.models import Image
from catalog.wanted import Access, Life, Sort, Wanted
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Kind:
    """What is counted of images. Thousands of them are of a hundred kinds, so kinds are looked at."""

    category: str
    variants: frozenset[str]
    architectures: frozenset[str]
    life: Life


#: Images by id in their order, each with its kind.
Found = dict[int, Kind]


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
    kinds = Counter(found.values())
    fit = {kind for kind in kinds if _fits(kind, wanted.filters)}
    fitting = [pk for pk, kind in found.items() if kind in fit]
    return Listing(
        wanted=wanted,
        images=Paginator(fitting, rows).get_page(page),
        by_access=_by_access(tenant),
        counts={name: _counts(kinds, wanted.filters, name) for name in _VALUES},
        totals={
            name: sum(n for kind, n in kinds.items() if _fits(kind, wanted.filters, but=name))
            for name in _VALUES
        },
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


def _search(tenant: Tenant, wanted: Wanted) -> tuple[Found, int]:
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
    counted = search.images_of(tenant).aggregate(all=Count("pk"), free=Count("pk", filter=Q(is_free=True)))
    return {
        Access.YOURS: counted["all"],
        Access.AVAILABLE: search.available_to(tenant).count(),
        Access.FREE: counted["free"],
    }


def _facts(images: QuerySet[Image], wanted: Wanted) -> Found:
    today, kinds, found = timezone.now().date(), dict[tuple[str, ...], Kind](), Found()
    lives: dict[date | None, Life] = {}
    rows = _sorted(images, wanted).values_list("pk", "category", "variants", "architectures", "ends_on")
    for pk, category, variants, architectures, ends_on in rows:
        if (life := lives.get(ends_on)) is None:
            life = lives[ends_on] = Life.of(ends_on, today)
        facts = (category, variants, architectures, life)
        if (kind := kinds.get(facts)) is None:
            kind = kinds[facts] = Kind(
                category, frozenset(variants.split()), frozenset(architectures.split()), life
            )
        found[pk] = kind
    return found


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
