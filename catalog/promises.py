"""Promise a tenant many images and charts at once, and end that: the entitlements, and the grants that fulfil them.

Each is named as the platform's repository that it is kept in: an image by its name, a chart as `charts/<name>`. A fixed
number of queries for any number of them. Not in charge of the audit trail (`catalog.entitlements`), nor of what a
grant shows (floor 1).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from catalog.charts.store import tag_of
from catalog.models import AccessRequest, Chart, ChartVersion, Entitlement, Image
from registry import grants_at_once
from registry.grants_at_once import Was
from registry.models import Grant, Repository
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Given:
    """Names of what was promised, and the keys of requests that this answered."""

    names: tuple[str, ...]
    answered: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """Names of what is promised no longer, and what those of its grants were that had a rule or name of their own."""

    names: tuple[str, ...]
    were: Mapping[str, Was] = field(default_factory=dict)


@transaction.atomic
def give(
    *,
    tenant: Tenant,
    names: Collection[str],
    as_before: Mapping[str, Was] | None = None,
    brings_charts: bool = True,
) -> Given:
    """Promise those that the tenant is not entitled to yet, and let it pull them; unknown names are ignored.

    Open requests for them are granted. `as_before` are the grants they had, as `take` told. With the last image that a
    chart of the platform deploys comes the chart, unless `brings_charts` is false.
    """
    lock(tenant)
    repositories = _named(names)
    made = Entitlement.objects.bulk_create(_missing(tenant, repositories))
    promised = [each.thing.repository for each in made]
    grants_at_once.give(tenant=tenant, repositories=repositories, as_before=as_before or {})
    if tenant.is_open:
        for each in made:
            if each.chart is not None:
                show_newest(each.chart)
    answered = _answer(tenant, repositories)
    brought: tuple[str, ...] = ()
    if brings_charts and (coming := _charts_with(tenant, [each.image_id for each in made if each.image_id])):
        brought = give(tenant=tenant, names=coming, brings_charts=False).names
    return Given(tuple(sorted([*(each.name for each in promised), *brought])), answered)


def _missing(tenant: Tenant, repositories: Collection[Repository]) -> list[Entitlement]:
    """Promises of what is kept in these, as far as the tenant has none yet."""
    held = Entitlement.objects.filter(tenant=tenant)
    images = Image.objects.filter(repository__in=repositories).exclude(
        pk__in=held.filter(image__isnull=False).values("image")
    )
    charts = Chart.objects.filter(repository__in=repositories).exclude(
        pk__in=held.filter(chart__isnull=False).values("chart")
    )
    missing = [Entitlement(tenant=tenant, image=image) for image in images.select_related("repository")]
    missing += [Entitlement(tenant=tenant, chart=chart) for chart in charts.select_related("repository")]
    return missing


def _answer(tenant: Tenant, repositories: Collection[Repository]) -> tuple[int, ...]:
    """Grant the open requests for images that are kept in these; their keys."""
    waiting = AccessRequest.objects.filter(
        tenant=tenant, image__repository__in=repositories, state=AccessRequest.State.OPEN
    )
    answered = tuple(waiting.values_list("pk", flat=True))
    AccessRequest.objects.filter(pk__in=answered).update(
        state=AccessRequest.State.GRANTED, decided_at=timezone.now()
    )
    return answered


def show_newest(chart: Chart) -> None:
    """Where everyone is let in, show its newest version and no older one: what that deploys is the latest of its images."""
    newest = chart.versions.order_by("-published_at", "-pk").values_list("version", flat=True)[:1]
    patterns = [tag_of(version) for version in newest]
    for entitlement in Entitlement.objects.filter(chart=chart, tenant__is_open=True):
        given = Grant.objects.of(entitlement.tenant_id).filter(repository=chart.repository)
        given.update(tag_patterns=patterns, is_latest_only=False)


def _charts_with(tenant: Tenant, images: Collection[int]) -> list[str]:
    """Names of the platform's charts whose newest version deploys one of `images`, and none that `tenant` lacks."""
    if not images:
        return []
    newest = ChartVersion.objects.filter(chart=OuterRef("pk")).order_by("-published_at", "-pk")
    charts = Chart.objects.filter(repository__tenant=None).annotate(newest=Subquery(newest.values("pk")[:1]))
    deployed = ChartVersion.deploys.through.objects.filter(chartversion=OuterRef("newest"))
    held = Entitlement.objects.filter(tenant=tenant, image__isnull=False).values("image")
    found = charts.filter(Exists(deployed.filter(image__in=images))).exclude(
        Exists(deployed.exclude(image__in=held))
    )
    return list(found.values_list("repository__name", flat=True))


@transaction.atomic
def take(*, tenant: Tenant, names: Collection[str]) -> Taken:
    """End the promises of these and their grants; what was not promised is ignored."""
    lock(tenant)
    repositories = _named(names)
    held = Entitlement.objects.filter(tenant=tenant)
    ended = held.filter(image__repository__in=repositories) | held.filter(chart__repository__in=repositories)
    keys = list(ended.values_list("pk", "image__repository", "chart__repository"))
    of = {image or chart for _, image, chart in keys}
    gone = [each for each in repositories if each.pk in of]
    Entitlement.objects.filter(pk__in=[key for key, _, _ in keys]).delete()
    were = grants_at_once.end(tenant=tenant, repositories=gone)
    return Taken(tuple(sorted(each.name for each in gone)), were)


def lock(tenant: Tenant) -> None:
    """Let nobody else change what this tenant is promised until the transaction ends."""
    Tenant.objects.select_for_update().get(pk=tenant.pk)


def _named(names: Collection[str]) -> list[Repository]:
    offered = Q(image__isnull=False) | Q(chart__isnull=False)
    return list(Repository.objects.of_platform().filter(offered, name__in=names).order_by("name"))
