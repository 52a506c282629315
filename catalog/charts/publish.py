"""Publish the platform's charts: pin the newest images, package, store as OCI artifacts, offer them.

A chart gets a new version when its source or an image it deploys has changed, and not otherwise; tenants
that have been entitled to those images since are entitled to the chart. Not in charge of a tenant's own
charts, which arrive by push.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog import offer
from catalog.charts.package import (
    CONFIG_TYPE,
    CONTENT_TYPE,
    MANIFEST_TYPE,
    SHARED,
    SOURCES,
    PackagedChart,
    images_in,
    package,
)
from catalog.models import Chart, ChartVersion, Image, Release
from registry import push
from registry.digest import Digest
from registry.models import Manifest, Repository
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
    last = ChartVersion.objects.filter(chart__name=source.name).order_by("-published_at").first()
    revision = int(last.metadata.get("revision", 0)) if last else 0
    if last is not None and last.digest == _digest(
        package(source, facts=_facts(releases, revision), epoch=epoch)
    ):
        _entitle(last.chart, releases)  # tenants that got the images since
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


def _manifest(chart: PackagedChart) -> bytes:
    """The OCI manifest that helm itself would push, without a time of day."""
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": _descriptor(CONFIG_TYPE, chart.config),
        "layers": [_descriptor(CONTENT_TYPE, chart.archive)],
        "annotations": {
            "org.opencontainers.image.title": chart.name,
            "org.opencontainers.image.version": chart.version,
            "org.opencontainers.image.description": str(chart.metadata.get("description", "")),
        },
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content)}


def _digest(chart: PackagedChart) -> str:
    return str(Digest.of(_manifest(chart)))


@transaction.atomic
def _publish(packaged: PackagedChart, releases: Mapping[str, Release], revision: int) -> ChartVersion:
    chart = _chart(packaged)
    manifest = _store(chart.repository, packaged)
    schema = packaged.files.get("values.schema.json")
    version = ChartVersion.objects.create(
        chart=chart,
        version=packaged.version,
        app_version=str(packaged.metadata.get("appVersion", "")),
        digest=manifest.digest,
        metadata={**packaged.metadata, "revision": revision},
        readme=packaged.files.get("README.md", ""),
        values=packaged.files.get("values.yaml", ""),
        values_schema=json.loads(schema) if schema else None,
        images=[
            {"image": name, "tag": release.unique_tag, "digest": release.digest}
            for name, release in releases.items()
        ],
        published_at=timezone.now(),
    )
    _entitle(chart, releases)
    audit.record(
        tenant=None,
        actor=ACTOR,
        verb="chart.published",
        object=f"{chart.name} {version.version}",
        data={"digest": version.digest, "images": version.images},
    )
    return version


def _chart(packaged: PackagedChart) -> Chart:
    repository, _ = Repository.objects.get_or_create(tenant=None, name=f"charts/{packaged.name}")
    chart, _ = Chart.objects.update_or_create(
        name=packaged.name,
        defaults={"summary": str(packaged.metadata.get("description", ""))[:300], "repository": repository},
    )
    return chart


def _store(repository: Repository, packaged: PackagedChart) -> Manifest:
    for content in (packaged.config, packaged.archive):
        push.store_blob(repository=repository, chunks=[content], expected=Digest.of(content))
    # Helm's rule: "+" of a version is "_" in its tag.
    return push.put_manifest(
        repository=repository,
        content=_manifest(packaged),
        media_type=MANIFEST_TYPE,
        tag=packaged.version.replace("+", "_"),
        actor=ACTOR,
        reason="chart published",
    )


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
