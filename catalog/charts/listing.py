"""A page of the charts that fit a question, and how many each filter would leave.

A tenant has some hundreds of charts at most, however many versions: all are read narrowly and counted here, and only
those of the page are read whole. Not in charge of how charts look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from django.core.paginator import Page, Paginator

from catalog import correcting, reference
from catalog.charts import available, offered
from catalog.charts.offered import Shelved
from catalog.models import ChartVersion, Image
from tenants.models import Tenant

LONGEST, WORDS = 200, 8
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Source(StrEnum):
    """Whose charts."""

    PLATFORM = "platform"
    OWN = "own"


class Access(StrEnum):
    """Charts that the tenant may install, or those that come with images it may ask for."""

    YOURS = "yours"
    AVAILABLE = "available"


class Sort(StrEnum):
    NAME = "name"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One question to the charts. "" means any."""

    text: str = ""
    access: Access = Access.YOURS
    source: str = ""
    #: Of an image that it deploys.
    category: str = ""
    sort: Sort = Sort.NAME

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Wanted:
        """From an address's parameters; unknown values count as absent."""
        access, source, category, sort = (
            given.get(name, "") for name in ("access", "source", "category", "sort")
        )
        return cls(
            text=" ".join(given.get("q", "").split())[:LONGEST],
            access=Access(access) if access in list(Access) else Access.YOURS,
            source=source if source in list(Source) else "",
            category=category if category in Image.Category.values else "",
            sort=Sort(sort) if sort in list(Sort) else Sort.NAME,
        )

    @property
    def words(self) -> list[str]:
        """What is searched for: of an upstream reference the last part of its name."""
        upstream = reference.read(self.text)
        return (upstream.last if upstream else self.text).lower().split()[:WORDS]

    @property
    def filters(self) -> dict[str, str]:
        """What narrows beside words, by name of the parameter."""
        return {name: value for name in ("source", "category") if (value := str(getattr(self, name)))}


@dataclass(frozen=True, slots=True)
class Listing:
    """`wanted` may differ from what was asked by `corrected`, the words that were searched instead."""

    wanted: Wanted
    page: Page[Shelved]
    #: Images that the newest version of each deploys, by its id.
    deployed: Mapping[int, list[str]]
    #: Of those the ones that the tenant lacks, for charts that it may ask for.
    lacking: Mapping[int, list[str]]
    #: How many fit the words, by access.
    by_access: Mapping[Access, int]
    #: Filter and value to how many it would leave; filter to how many there are without it.
    counts: Mapping[str, Mapping[str, int]]
    totals: Mapping[str, int]
    #: How many charts the tenant may install, of any words and filters.
    total: int
    corrected: str

    @property
    def elsewhere(self) -> int:
        """How many fit the words among those that may be asked for."""
        return self.by_access[Access.AVAILABLE] if self.wanted.access == Access.YOURS else 0


@dataclass(frozen=True, slots=True)
class _Facts:
    """A chart with what its newest version deploys."""

    chart: Shelved
    images: list[str]
    categories: frozenset[str]

    def values(self, name: str) -> Iterable[str]:
        """What it has of a filter."""
        if name == "category":
            return self.categories
        return (Source.OWN if self.chart.is_own else Source.PLATFORM,)

    def fits(self, filters: Mapping[str, str], but: str = "") -> bool:
        return all(value in self.values(name) for name, value in filters.items() if name != but)

    def has(self, word: str) -> bool:
        return (
            word in self.chart.name
            or word in self.chart.summary.lower()
            or any(word in name for name in self.images)
        )


def listing(*, tenant: Tenant, wanted: Wanted, page: str | None, rows: int) -> Listing:
    """The page of that number, of at most `rows` charts; eight queries at most."""
    lacking = available.lacking(tenant)
    shelves = {Access.YOURS: _facts(offered.shelf(tenant)), Access.AVAILABLE: _facts(lacking)}
    known = shelves[wanted.access]
    found, corrected = _matching(known, wanted.words), ""
    if wanted.text and not found:
        corrected = correcting.corrected((one.chart.name for one in known), " ".join(wanted.words))
        wanted = replace(wanted, text=corrected or wanted.text)
        found = _matching(known, wanted.words)
    fitting = _sorted((one for one in found if one.fits(wanted.filters)), wanted)
    counts, totals = _counted(found, wanted)
    return Listing(
        wanted=wanted,
        page=Paginator([one.chart for one in fitting], rows).get_page(page),
        deployed={one.chart.newest: one.images for one in fitting if one.chart.newest},
        lacking={chart.newest: images for chart, images in lacking.items() if chart.newest},
        by_access={access: len(_matching(shelf, wanted.words)) for access, shelf in shelves.items()},
        counts=counts,
        totals=totals,
        total=len(shelves[Access.YOURS]),
        corrected=corrected,
    )


def _counted(found: Iterable[_Facts], wanted: Wanted) -> tuple[dict[str, Mapping[str, int]], dict[str, int]]:
    """By filter: how many each value would leave, and how many there are without it."""
    found = list(found)
    left = {
        name: [one for one in found if one.fits(wanted.filters, but=name)] for name in ("source", "category")
    }
    counts = {
        name: Counter(value for one in these for value in one.values(name)) for name, these in left.items()
    }
    return {**counts}, {name: len(these) for name, these in left.items()}


def found_of(tenant: Tenant, wanted: Wanted) -> dict[Shelved, list[str]]:
    """All charts that fit, in order, each with the images that the tenant lacks; four queries at most."""
    lacking = available.lacking(tenant) if wanted.access == Access.AVAILABLE else {}
    charts = lacking or (offered.shelf(tenant) if wanted.access == Access.YOURS else [])
    found = _matching(_facts(charts), wanted.words)
    fitting = _sorted((one for one in found if one.fits(wanted.filters)), wanted)
    return {one.chart: lacking.get(one.chart, []) for one in fitting}


def _facts(charts: Iterable[Shelved]) -> list[_Facts]:
    charts = list(charts)
    links = ChartVersion.deploys.through.objects.filter(
        chartversion__in=[one.newest for one in charts if one.newest]
    )
    images: dict[int, dict[str, str]] = {}
    for version, name, category in links.values_list(
        "chartversion_id", "image__name", "image__category"
    ).order_by("image__name"):
        images.setdefault(version, {})[name] = category
    return [
        _Facts(one, list(deployed), frozenset(deployed.values()))
        for one in charts
        for deployed in [images.get(one.newest or 0, {})]
    ]


def _matching(known: Iterable[_Facts], words: list[str]) -> list[_Facts]:
    """Those in which every word is found."""
    return [one for one in known if all(one.has(word) for word in words)]


def _sorted(found: Iterable[_Facts], wanted: Wanted) -> list[_Facts]:
    """By time or name; of a search those that are called so first."""
    if wanted.sort == Sort.NEWEST:
        return sorted(found, key=lambda one: one.chart.at or _LONG_AGO, reverse=True)
    first = next(iter(wanted.words), "")
    return sorted(
        found, key=lambda one: (one.chart.name != first, first not in one.chart.name, one.chart.name)
    )
