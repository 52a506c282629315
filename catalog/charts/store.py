"""Store a packaged chart as the OCI artifact that helm itself would push, and write down what is in it.

Not in charge of whose chart it is (`catalog.charts.publish`, `catalog.charts.taking`).
"""

from __future__ import annotations

import json
import re
from typing import Any

from django.utils import timezone

from catalog.charts import bundled, foreign
from catalog.charts.deployed import places_of
from catalog.charts.options import options_of
from catalog.charts.package import CONFIG_TYPE, CONTENT_TYPE, MANIFEST_TYPE, PackagedChart
from catalog.models import Chart, ChartVersion
from registry import push
from registry.digest import Digest
from registry.models import Manifest, Repository

_KIND = re.compile(r"^kind:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_WORD = re.compile(r'"([A-Z][A-Za-z]{2,40})"')
#: What of a chart, and of those within it, becomes objects of a cluster.
_TEMPLATE = re.compile(r"(?:charts/[^/]+/)*(?:templates|crds)/.")
MOST_TEMPLATES = 500


def manifest_of(chart: PackagedChart) -> bytes:
    """The OCI manifest, without a time of day."""
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


def digest_of(chart: PackagedChart) -> str:
    return str(Digest.of(manifest_of(chart)))


def tag_of(version: str) -> str:
    """Helm's rule: "+" of a version is "_" in its tag."""
    return version.replace("+", "_")


def store_blobs(repository: Repository, chart: PackagedChart) -> None:
    """Raises QuotaExceeded, StoreUnavailable."""
    for content in (chart.config, chart.archive):
        push.store_blob(repository=repository, chunks=[content], expected=Digest.of(content))


def put(repository: Repository, chart: PackagedChart, *, actor: str, reason: str) -> Manifest:
    """Keep the manifest and move the version's tag to it. Raises what `push.put_manifest` raises."""
    return push.put_manifest(
        repository=repository,
        content=manifest_of(chart),
        media_type=MANIFEST_TYPE,
        tag=tag_of(chart.version),
        actor=actor,
        reason=reason,
    )


def write_down(chart: Chart, packaged: PackagedChart, digest: str, **more: Any) -> ChartVersion:
    """The row of a version that is stored."""
    return ChartVersion.objects.create(
        chart=chart,
        version=packaged.version,
        app_version=str(packaged.metadata.get("appVersion", ""))[:100],
        digest=digest,
        published_at=timezone.now(),
        **{"metadata": packaged.metadata, **facts_of(packaged), **more},
    )


def facts_of(chart: PackagedChart) -> dict[str, Any]:
    """What the pages show of a chart's content. Raises ChartRefused for values that cannot be read."""
    text, schema = chart.files.get("values.yaml", ""), chart.files.get("values.schema.json")
    root = foreign.composed(text, "values.yaml")
    values, said = foreign.plain(root, "values.yaml"), json.loads(schema) if schema else None
    return {
        "readme": chart.files.get("README.md", ""),
        "values": text,
        "values_schema": said,
        "options": options_of(text, root, values, said),
        "templates": [_template(path, chart.files[path]) for path in _templates(chart)],
        "places": [place.to_json() for place in places_of(bundled.bundle(chart.archive))],
        "size": len(chart.archive),
    }


def _templates(chart: PackagedChart) -> list[str]:
    return sorted(path for path in chart.files if _TEMPLATE.match(path))[:MOST_TEMPLATES]


def _template(path: str, text: str) -> dict[str, Any]:
    """Its path, size in bytes, and the kinds of objects it can become."""
    kinds: list[str] = []
    for kind in _KIND.findall(text):
        kinds += _WORD.findall(kind) if "{{" in kind else [kind.strip("\"'")[:60]]
    return {"path": path[:300], "size": len(text.encode()), "kinds": list(dict.fromkeys(kinds))[:20]}


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content)}
