"""The charts that a tenant sees: the platform's, by grant, and its own. Not in charge of what a grant shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from catalog.charts.store import tag_of
from catalog.models import Chart, ChartVersion, Image
from registry import visibility
from registry.models import Grant
from tenants.models import Tenant

PREFIX = "charts/"
#: What a list of versions has no use for, and what may be large.
HEAVY = ("metadata", "readme", "values", "values_schema", "options", "templates", "places")


@dataclass(frozen=True, slots=True)
class Offered:
    """A chart as one tenant sees it: `shown` is its repository on the tenant's host, `versions` newest first; a list has the newest only."""

    chart: Chart
    shown: str
    versions: tuple[ChartVersion, ...]

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


def charts_of(tenant: Tenant) -> QuerySet[Chart]:
    """Each has `shown_name`, its repository's on the tenant's host."""
    in_force = Grant.objects.of(tenant.id).in_force()
    return (
        Chart.objects.filter(Q(repository__grants__in=in_force) | Q(repository__tenant=tenant))
        .annotate(shown_name=Coalesce(F("repository__grants__name"), F("repository__name")))
        .select_related("repository")
        .order_by("name")
    )


def offered(tenant: Tenant) -> list[Offered]:
    """Every chart with its newest version that is shown; a fixed number of queries, but for grants of some tags only."""
    of_chart = ChartVersion.objects.filter(chart=OuterRef("pk")).order_by("-published_at", "-pk")
    charts = list(charts_of(tenant).annotate(newest_id=Subquery(of_chart.values("pk")[:1])))
    # A tenant has thousands of grants, of which a few dozen are of charts.
    of_charts = (
        Grant.objects.of(tenant.id).in_force().filter(repository__in=[c.repository_id for c in charts])
    )
    grants = {one.repository_id: one for one in of_charts}
    newest = ChartVersion.objects.defer(*HEAVY).in_bulk([one.newest_id for one in charts if one.newest_id])
    return [_offered(chart, grants.get(chart.repository_id), newest.get(chart.newest_id)) for chart in charts]


def find(*, tenant: Tenant, name: str) -> Offered | None:
    """The chart that pages call `name`, or whose repository is called so; None where there is none."""
    charts = list(charts_of(tenant).filter(Q(shown_name__in=(f"{PREFIX}{name}", name)) | Q(name=name)))
    # Another may have that name as its own and be called otherwise here.
    charts.sort(key=lambda chart: (_shown(chart) != f"{PREFIX}{name}", _shown(chart) != name))
    if not charts:
        return None
    view = visibility.find(tenant=tenant, name=_shown(charts[0]))
    tags = set(view.tags()) if view is not None else set()
    versions = charts[0].versions.defer(*HEAVY).order_by("-published_at", "-pk")
    return Offered(
        charts[0], _shown(charts[0]), tuple(one for one in versions if tag_of(one.version) in tags)
    )


def that_deploy(*, tenant: Tenant, image: Image) -> list[Offered]:
    """Charts whose newest version that is shown deploys `image`."""
    found = offered(tenant)
    using = set(
        ChartVersion.objects.filter(
            deploys=image, pk__in=[one.newest.pk for one in found if one.newest is not None]
        ).values_list("pk", flat=True)
    )
    return [one for one in found if one.newest is not None and one.newest.pk in using]


def deployed_by(versions: Iterable[ChartVersion]) -> Mapping[int, list[str]]:
    """Names of the images that each version deploys, by its id."""
    links = ChartVersion.deploys.through.objects.filter(chartversion__in=[one.pk for one in versions])
    found: dict[int, list[str]] = {}
    for version, name in links.values_list("chartversion_id", "image__name").order_by("image__name"):
        found.setdefault(version, []).append(name)
    return found


def _shown(chart: Chart) -> str:
    return str(getattr(chart, "shown_name", chart.repository.name))


def _offered(chart: Chart, grant: Grant | None, newest: ChartVersion | None) -> Offered:
    is_whole = grant is None or (
        grant.tag_patterns == ["*"] and not grant.streams and not grant.is_latest_only
    )
    if newest is None or (is_whole and (grant is not None or chart.repository.tenant_id is not None)):
        return Offered(chart, _shown(chart), (newest,) if newest is not None else ())
    versions = chart.versions.defer(*HEAVY).order_by("-published_at", "-pk")
    shown = (one for one in versions if grant is not None and grant.shows(tag_of(one.version), ""))
    return Offered(chart, _shown(chart), tuple(shown))
