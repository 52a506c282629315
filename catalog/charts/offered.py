"""The charts that a tenant sees: the platform's, by grant, and its own. Not in charge of what a grant shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, overload

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from catalog.charts.store import tag_of
from catalog.models import Chart, ChartVersion, Image
from registry import visibility
from registry.models import Grant
from registry.models.grant import in_force
from tenants.compiled import compiled
from tenants.models import Tenant

PREFIX = "charts/"
#: What a list of versions has no use for, and what may be large.
HEAVY = ("metadata", "readme", "values", "values_schema", "options", "templates", "places")


@dataclass(frozen=True, slots=True)
class Offered:
    """A chart as one tenant sees it: `shown` is its repository on the tenant's host, `versions` newest first; a list has the newest only."""

    chart: Chart
    shown: str
    versions: Sequence[ChartVersion]

    @property
    def name(self) -> str:
        """How pages and helm call it."""
        return self.shown.removeprefix(PREFIX)

    @property
    def is_own(self) -> bool:
        return self.chart.repository.tenant_id is not None

    @property
    def is_classic(self) -> bool:
        """Whether the classic repository lists it, under its own name."""
        return self.shown == f"{PREFIX}{self.chart.name}"

    @property
    def newest(self) -> ChartVersion | None:
        return self.versions[0] if self.versions else None


class Versions(Sequence[ChartVersion]):
    """Versions, newest first, of which there may be a thousand: ids and names are known, rows are read in slices."""

    def __init__(self, known: list[tuple[int, str]]) -> None:
        self._known = known

    def __len__(self) -> int:
        return len(self._known)

    @overload
    def __getitem__(self, index: int) -> ChartVersion: ...
    @overload
    def __getitem__(self, index: slice) -> list[ChartVersion]: ...
    def __getitem__(self, index: int | slice) -> ChartVersion | list[ChartVersion]:
        if isinstance(index, slice):
            return self._read(self._known[index])
        return self._first if index == 0 else self._read([self._known[index]])[0]

    def __iter__(self) -> Iterator[ChartVersion]:
        return iter(self[:])

    @property
    def names(self) -> list[str]:
        return [name for _, name in self._known]

    def called(self, name: str) -> int | None:
        """The id of the version of that name."""
        return next((pk for pk, one in self._known if one == name), None)

    @cached_property
    def _first(self) -> ChartVersion:
        return self._read(self._known[:1])[0]

    def _read(self, known: list[tuple[int, str]]) -> list[ChartVersion]:
        rows = ChartVersion.objects.defer(*HEAVY).in_bulk([pk for pk, _ in known])
        return [rows[pk] for pk, _ in known if pk in rows]


@dataclass(frozen=True, slots=True)
class Found(Offered):
    """One chart with all its versions that are shown."""

    versions: Versions


class Shelved(NamedTuple):
    """What is known of each chart in a list, before any page of it is read; `newest` is the id of a version, `at` its time."""

    pk: int
    #: Its repository on the tenant's host.
    shown: str
    summary: str
    is_own: bool
    newest: int | None
    at: datetime | None

    @property
    def name(self) -> str:
        return self.shown.removeprefix(PREFIX)


def charts_of(tenant: int) -> QuerySet[Chart]:
    """Those of the tenant with that key. Each has `shown_name`, its repository's on the tenant's host."""
    held = in_force(of=tenant, through="repository__grants__")
    return (
        Chart.objects.filter(held | Q(repository__tenant=tenant))
        .annotate(shown_name=Coalesce(F("repository__grants__name"), F("repository__name")))
        .select_related("repository")
        .order_by("name")
    )


def shelf(tenant: Tenant, *, among: Collection[int] | None = None) -> list[Shelved]:
    """Every chart by name, narrowly, in three queries; with `among` those of these ids."""
    rows = _shelf(tenant.pk) if among is None else _shelf_among(tenant.pk, among)
    found = [
        Shelved(pk, shown, summary, owner == tenant.pk, newest, at)
        for pk, shown, summary, owner, newest, at in rows
    ]
    parts = _shown_in_parts(tenant, [one.pk for one in found if not one.is_own])
    return [one._replace(**parts[one.pk]) if one.pk in parts else one for one in found]


#: Key, name on the tenant's host, summary, owner; key and time of the newest version.
_Row = tuple[int, str, str, int | None, int | None, datetime | None]


def _narrowly(charts: QuerySet[Chart]) -> QuerySet[Chart, _Row]:
    of_chart = ChartVersion.objects.filter(chart=OuterRef("pk")).order_by("-published_at", "-pk")
    return charts.annotate(
        newest=Subquery(of_chart.values("pk")[:1]), at=Subquery(of_chart.values("published_at")[:1])
    ).values_list("pk", "shown_name", "summary", "repository__tenant", "newest", "at")


@compiled
def _shelf(tenant: int) -> QuerySet[Chart, _Row]:
    return _narrowly(charts_of(tenant))


@compiled
def _shelf_among(tenant: int, charts: Collection[int]) -> QuerySet[Chart, _Row]:
    return _narrowly(charts_of(tenant).filter(pk__in=charts))


def _shown_in_parts(tenant: Tenant, charts: Collection[int]) -> dict[int, dict[str, Any]]:
    """The newest version that is shown of each chart of which a grant does not show all, by its id."""
    limited = {one.repository_id: one for one in _hiding(tenant.pk, charts)}
    if not limited:
        return {}
    versions = ChartVersion.objects.filter(chart__repository__in=limited).order_by("published_at", "pk")
    found: dict[int, dict[str, Any]] = {}
    for chart, repository, pk, version, at in versions.values_list(
        "chart", "chart__repository", "pk", "version", "published_at"
    ):
        found.setdefault(chart, {"newest": None, "at": None})
        if limited[repository].shows(tag_of(version), ""):
            found[chart] = {"newest": pk, "at": at}
    return found


@compiled
def _hiding(tenant: int, charts: Collection[int]) -> QuerySet[Grant]:
    return Grant.objects.of(tenant).in_force().that_hide().filter(repository__chart__in=charts)


def read(shelved: Iterable[Shelved]) -> list[Offered]:
    """These charts with their newest version, in two queries."""
    shelved = list(shelved)
    charts = {one.pk: one for one in _charts([one.pk for one in shelved])}
    newest = {one.pk: one for one in _versions([one.newest for one in shelved if one.newest])}
    return [
        Offered(charts[one.pk], one.shown, (newest[one.newest],) if one.newest else ())
        for one in shelved
        if one.pk in charts and (not one.newest or one.newest in newest)  # one may be deleted between queries
    ]


@compiled
def _charts(keys: list[int]) -> QuerySet[Chart]:
    return Chart.objects.select_related("repository").filter(pk__in=keys)


@compiled
def _versions(keys: list[int]) -> QuerySet[ChartVersion]:
    return ChartVersion.objects.defer(*HEAVY).filter(pk__in=keys)


def offered(tenant: Tenant) -> list[Offered]:
    """Every chart with its newest version that is shown."""
    return read(shelf(tenant))


def find(*, tenant: Tenant, name: str) -> Found | None:
    """The chart that pages call `name`, or whose repository is called so; None where there is none."""
    charts = list(charts_of(tenant.pk).filter(Q(shown_name__in=(f"{PREFIX}{name}", name)) | Q(name=name)))
    # Another may have that name as its own and be called otherwise here.
    charts.sort(key=lambda chart: (_shown(chart) != f"{PREFIX}{name}", _shown(chart) != name))
    if not charts:
        return None
    view = visibility.find(tenant=tenant, name=_shown(charts[0]))
    tags = set(view.tags()) if view is not None else set()
    known = charts[0].versions.order_by("-published_at", "-pk").values_list("pk", "version")
    return Found(
        charts[0],
        _shown(charts[0]),
        Versions([(pk, version) for pk, version in known if tag_of(version) in tags]),
    )


def that_deploy(*, tenant: Tenant, image: Image) -> list[Shelved]:
    """Charts whose newest version that is shown deploys `image`."""
    using = dict(_deploying(image.pk))
    return [one for one in shelf(tenant, among=set(using.values())) if one.newest in using] if using else []


@compiled
def _deploying(image: int) -> QuerySet[ChartVersion, tuple[int, int]]:
    return ChartVersion.objects.filter(deploys=image).values_list("pk", "chart")


def _shown(chart: Chart) -> str:
    return str(getattr(chart, "shown_name", chart.repository.name))
