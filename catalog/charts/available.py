"""Charts that a tenant gets with images that it may ask for: the platform's, whose images are all known to it.

A chart that was taken from a tenant which has all its images is none of these: that was the platform's decision.
Not in charge of asking (`catalog.requests`), which is for images, nor of what a grant gives (`catalog.offer`).
"""

from __future__ import annotations

from django.db.models import OuterRef, Subquery

from catalog import search
from catalog.charts.offered import Shelved
from catalog.models import Chart, ChartVersion
from registry.models import Grant
from tenants.models import Tenant


def lacking(tenant: Tenant) -> dict[Shelved, list[str]]:
    """Each such chart with the names of the images that the tenant lacks, in order; three queries."""
    if tenant.is_open:
        return {}
    of_chart = ChartVersion.objects.filter(chart=OuterRef("pk")).order_by("-published_at", "-pk")
    granted = Grant.objects.of(tenant.pk).in_force().values("repository")
    rows = (
        Chart.objects.filter(repository__tenant=None)
        .exclude(repository__in=granted)
        .annotate(
            newest=Subquery(of_chart.values("pk")[:1]), at=Subquery(of_chart.values("published_at")[:1])
        )
        .filter(newest__isnull=False)
        .order_by("name")
        .values_list("pk", "repository__name", "summary", "newest", "at")
    )
    charts = [Shelved(pk, shown, summary, False, *last) for pk, shown, summary, *last in rows]
    deployed = _deployed([one.newest for one in charts if one.newest])
    held = _known(tenant, {pk for images in deployed.values() for pk in images})
    found = {}
    for one in charts:
        images = deployed.get(one.newest or 0, {})
        lacks = [name for pk, name in images.items() if not held.get(pk)]
        if lacks and held.keys() >= images.keys():
            found[one] = lacks
    return found


def find(*, tenant: Tenant, name: str) -> tuple[ChartVersion, list[str]] | None:
    """The newest version of one, by the name of its page, with the images that the tenant lacks."""
    for chart, lacks in lacking(tenant).items():
        if chart.name == name and chart.newest is not None:
            version = ChartVersion.objects.select_related("chart").filter(pk=chart.newest).first()
            return (version, lacks) if version else None
    return None


def _deployed(versions: list[int]) -> dict[int, dict[int, str]]:
    """Names of images by id, by version."""
    links = ChartVersion.deploys.through.objects.filter(chartversion__in=versions)
    found: dict[int, dict[int, str]] = {}
    rows = links.values_list("chartversion_id", "image_id", "image__name").order_by("image__name")
    for version, image, name in rows:
        found.setdefault(version, {})[image] = name
    return found


def _known(tenant: Tenant, images: set[int]) -> dict[int, bool]:
    """Whether the tenant has each image that it may know of, by id."""
    known = search.known_to(tenant).filter(pk__in=images).only("pk")
    return {image.pk: bool(getattr(image, "is_held")) for image in known}  # noqa: B009
