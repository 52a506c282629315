"""The whole catalogue as the platform sees it for one tenant: what that is entitled to, what not, what is free for all.

Searched, filtered, counted and paged; a fixed number of queries, whatever the size. Not in charge of changing it
(`catalog.entitlements`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.aggregates import Count
from django.db.models.fields import BooleanField

from catalog import correcting, reference, search
from catalog.models import Chart, Entitlement, Image
from registry.models import Grant
from tenants.models import Tenant

LONGEST = 200


class Kind(StrEnum):
    IMAGES = "images"
    CHARTS = "charts"


class State(StrEnum):
    """Every image and chart is in one of these."""

    GRANTED = "granted"
    OTHERS = "others"
    #: For all, so that nobody need grant it.
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question. "" means any."""

    kind: Kind
    text: str = ""
    state: str = ""
    category: str = ""

    @classmethod
    def read(cls, kind: Kind, given: Mapping[str, str]) -> Asked:
        """From an address's parameters; unknown values count as absent."""
        state, category = given.get("state", ""), given.get("category", "")
        return cls(
            kind=kind,
            text=" ".join(given.get("q", "").replace("\0", "").split())[:LONGEST],
            state=state if state in list(State) else "",
            category=category if category in Image.Category.values else "",
        )

    @property
    def filters(self) -> dict[str, str]:
        """What narrows beside words, by name of the parameter."""
        named = {"state": self.state, "category": self.category}
        return {name: value for name, value in named.items() if value}

    @property
    def words(self) -> str:
        """What is searched for: of an upstream reference the last part of its name."""
        upstream = reference.read(self.text)
        return upstream.last if upstream else self.text


@dataclass(frozen=True, slots=True)
class Row:
    """An image or chart; `key` is the name that `catalog.promises` knows it by. `grant` where the tenant sees it."""

    key: str
    name: str
    summary: str
    is_held: bool
    is_free: bool
    grant: Grant | None


@dataclass(frozen=True, slots=True)
class Found:
    """`asked` may differ from what was asked by `corrected`, the words that were searched instead."""

    asked: Asked
    page: Page[Any]
    rows: list[Row]
    #: Filter and value to how many it would leave; filter to how many there are without it.
    counts: Mapping[str, Mapping[str, int]]
    totals: Mapping[str, int]
    #: Of what fits: how many could be granted, and how many taken away.
    grantable: int
    takeable: int
    corrected: str


def found(*, tenant: Tenant, asked: Asked, page: str | None, rows: int) -> Found:
    """The page of that number, of at most `rows`."""
    kinds, corrected = _kinds(tenant, asked), ""
    if asked.text and not kinds:
        corrected = _corrected(asked)
        asked = replace(asked, text=corrected or asked.text)
        kinds = _kinds(tenant, asked)
    fitting = _narrowed(_all(tenant, asked), asked)
    shown = Paginator(_values(fitting), rows).get_page(page)
    return Found(
        asked=asked,
        page=shown,
        rows=_rows(tenant, shown),
        counts={name: _counts(kinds, asked, name) for name in ("state", "category")},
        totals={name: _total(kinds, asked, but=name) for name in ("state", "category")},
        grantable=_total(kinds, asked, of=State.OTHERS),
        takeable=_total(kinds, asked, of=State.GRANTED),
        corrected=corrected,
    )


def keys_of(*, tenant: Tenant, asked: Asked, state: State) -> list[str]:
    """All that fits and is in that state, by name."""
    fitting = _narrowed(_narrowed(_all(tenant, asked), asked), replace(asked, state=state))
    return sorted(fitting.values_list("repository__name", flat=True))


def _all(tenant: Tenant, asked: Asked) -> QuerySet[Any]:
    """What the words find, the best first, each with `is_held`, `is_free` and `category`."""
    held = Entitlement.objects.filter(tenant=tenant)
    if asked.kind == Kind.IMAGES:
        images = Image.objects.annotate(is_held=Exists(held.filter(image=OuterRef("pk"))))
        return search.matching(images.order_by("name"), asked.words)
    charts: QuerySet[Any] = Chart.objects.filter(repository__tenant=None).annotate(
        is_held=Exists(held.filter(chart=OuterRef("pk"))),
        is_free=Value(False, BooleanField()),
        category=Value("", CharField()),
    )
    for word in asked.words.lower().split()[: search.WORDS]:
        deploying = Chart.objects.filter(pk=OuterRef("pk"), versions__deploys__name__contains=word)
        charts = charts.filter(Q(name__icontains=word) | Q(summary__icontains=word) | Q(Exists(deploying)))
    return charts.order_by("name")


def _narrowed(things: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
    if asked.state == State.FREE:
        things = things.filter(is_free=True)
    elif asked.state:
        things = things.filter(is_free=False, is_held=asked.state == State.GRANTED)
    return things.filter(category=asked.category) if asked.category else things


def _values(things: QuerySet[Any]) -> QuerySet[Any]:
    return things.values("repository_id", "repository__name", "name", "summary", "is_held", "is_free")


def _rows(tenant: Tenant, page: Page[Any]) -> list[Row]:
    values = list(page)
    grants = Grant.objects.of(tenant.pk).filter(repository__in=[each["repository_id"] for each in values])
    by_repository = {grant.repository_id: grant for grant in grants}
    return [
        Row(
            key=each["repository__name"],
            name=each["name"],
            summary=each["summary"],
            is_held=each["is_held"],
            is_free=each["is_free"],
            grant=by_repository.get(each["repository_id"]),
        )
        for each in values
    ]


#: What is counted: state and category.
_Kinds = Counter[tuple[State, str]]


def _kinds(tenant: Tenant, asked: Asked) -> _Kinds:
    """How many of each kind the words find; one query."""
    grouped = _all(tenant, asked).order_by().values("is_held", "is_free", "category")
    counted: _Kinds = Counter()
    for each in grouped.annotate(n=Count("pk")):
        state = State.FREE if each["is_free"] else State.GRANTED if each["is_held"] else State.OTHERS
        counted[state, each["category"]] += each["n"]
    return counted


def _fits(kind: tuple[State, str], asked: Asked, but: str = "") -> bool:
    wanted = {name: value for name, value in asked.filters.items() if name != but}
    return wanted.get("state", kind[0]) == kind[0] and wanted.get("category", kind[1]) == kind[1]


def _total(kinds: _Kinds, asked: Asked, *, but: str = "", of: State | None = None) -> int:
    return sum(n for kind, n in kinds.items() if _fits(kind, asked, but) and of in (None, kind[0]))


def _counts(kinds: _Kinds, asked: Asked, name: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for kind, n in kinds.items():
        if _fits(kind, asked, but=name):
            counted[kind[("state", "category").index(name)]] += n
    return counted


def _corrected(asked: Asked) -> str:
    if asked.kind == Kind.IMAGES:
        return correcting.corrected(Image.objects.order_by().values_list("names", flat=True), asked.words)
    charts = Chart.objects.filter(repository__tenant=None).values_list("name", flat=True)
    return correcting.corrected(charts, asked.words)
