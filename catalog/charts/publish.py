"""Publish the platform's charts: pin the newest images, package, store as OCI artifacts, offer them.

A chart gets a new version when its source or an image it deploys has changed, and not otherwise. A new chart goes to
every tenant that has its images; who is entitled to them later gets it with the last of them (`catalog.promises`). At no
other time does a tenant get one: what the platform took away stays away, until the chart or its image is given again. Not in charge of a tenant's own charts (`catalog.charts.taking`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from django.db import transaction

from catalog import offer, promises
from catalog.charts import store
from catalog.charts.package import SHARED, SOURCES, PackagedChart, images_in, package
from catalog.models import Chart, ChartVersion, Image, Release
from registry.models import Repository
from tenants import audit
from tenants.models import Tenant

ACTOR = "platform"


def publish_charts(*, sources: Path = SOURCES) -> list[ChartVersion]:
    """Publish every chart whose images are all there; only new versions are given back."""
    folders = (source for source in sorted(sources.iterdir()) if source.is_dir() and source.name != SHARED)
    found = [publish_chart(source=source) for source in folders]
    return [version for version in found if version is not None]


def publish_chart(*, source: Path) -> ChartVersion | None:
    """A new version of one chart, or None: an image is not published yet, or nothing has changed.

    Raises ChartBroken.
    """
    pinned = {name: _newest(name) for name in images_in(source)}
    if not all(pinned.values()):
        return None
    releases = {name: release for name, release in pinned.items() if release is not None}
    epoch = max((int(release.lock.get("epoch", 0)) for release in releases.values()), default=0)
    last = ChartVersion.objects.filter(chart__name=source.name, chart__repository__tenant=None).first()
    revision = int(last.metadata.get("revision", 0)) if last else 0
    if last is not None:
        same = package(source, facts=_facts(releases, revision), epoch=epoch)
        if last.digest == store.digest_of(same):
            _read_again(last, same, releases)
            return None
    packaged = package(source, facts=_facts(releases, revision + 1), epoch=epoch)
    return _publish(packaged, releases, revision + 1)


def _newest(image: str) -> Release | None:
    """The newest release of an image's main stream."""
    return (
        Release.objects.filter(stream__image__name=image, stream__is_latest=True)
        .select_related("stream")
        .order_by("-published_at")
        .first()
    )


def _facts(releases: Mapping[str, Release], revision: int) -> dict[str, str]:
    facts = {"revision": str(revision)}
    for name, release in releases.items():
        facts[f"digest:{name}"] = release.digest
        facts[f"version:{name}"] = release.version or release.unique_tag
    return facts


@transaction.atomic
def _publish(packaged: PackagedChart, releases: Mapping[str, Release], revision: int) -> ChartVersion:
    chart, is_new = _chart(packaged)
    store.store_blobs(chart.repository, packaged)
    manifest = store.put(chart.repository, packaged, actor=ACTOR, reason="chart published")
    version = store.write_down(
        chart,
        packaged,
        manifest.digest,
        metadata={**packaged.metadata, "revision": revision},
        images=[
            {"image": name, "tag": release.unique_tag, "digest": release.digest}
            for name, release in releases.items()
        ],
    )
    version.deploys.set(Image.objects.filter(name__in=list(releases)))
    if is_new:
        _entitle(chart, releases)
    else:
        promises.show_newest(chart)
    audit.record(
        tenant=None,
        actor=ACTOR,
        verb="chart.published",
        object=f"{chart.name} {version.version}",
        data={"digest": version.digest, "images": version.images},
    )
    return version


def _chart(packaged: PackagedChart) -> tuple[Chart, bool]:
    """The row, and whether it is new."""
    repository, _ = Repository.objects.get_or_create(tenant=None, name=f"charts/{packaged.name}")
    return Chart.objects.update_or_create(
        repository=repository,
        defaults={"name": packaged.name, "summary": str(packaged.metadata.get("description", ""))[:300]},
    )


def _read_again(version: ChartVersion, packaged: PackagedChart, images: Iterable[str]) -> None:
    """Write down of a version what had not been read when it was published."""
    if version.size:
        return
    ChartVersion.objects.filter(pk=version.pk).update(**store.facts_of(packaged))
    version.deploys.set(Image.objects.filter(name__in=list(images)))


def _entitle(chart: Chart, images: Iterable[str]) -> None:
    """Promise a chart to the tenants that may pull what it deploys."""
    for tenant in _tenants_with(images):
        offer.entitle(tenant=tenant, chart=chart)


def _tenants_with(names: Iterable[str]) -> list[Tenant]:
    """Tenants that hold every image a chart deploys: a chart whose image cannot be pulled is of no use."""
    images = Image.objects.filter(name__in=list(names))
    return [
        tenant
        for tenant in Tenant.objects.filter(is_active=True)
        if tenant.entitlements.filter(image__in=images).count() == len(images)
    ]
