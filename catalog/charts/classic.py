"""Charts as a classic Helm repository: what `helm repo add` reads, made of the OCI artifacts a tenant sees.

A chart is any repository named `charts/<name>` whose tags are Helm artifacts: the platform's, by grant, and
those that the tenant pushed itself. Nothing is stored twice. Not in charge of who is asking (the door does
that, `catalog.charts.door`) nor of reading archives.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from catalog.charts.package import CONFIG_TYPE, CONTENT_TYPE
from registry import contents
from registry.models import Blob
from registry.shown import ShownTag, tags_below
from tenants.models import Tenant

PREFIX = "charts/"
#: A configuration is a Chart.yaml as JSON; larger ones are no chart of ours to list.
MAX_CONFIG = 1 << 20
#: What configurations say, by digest: their bytes never change.
_READ: dict[str, dict[str, Any]] = {}
MOST_READ = 4096
MayPull = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Listed:
    """One version of a chart: where it is, and digests of its configuration and archive."""

    shown: ShownTag
    config: str
    archive: str

    @property
    def version(self) -> str:
        # Helm's rule: "+" of a version is "_" in its tag.
        return self.shown.tag.replace("_", "+")

    @property
    def file(self) -> str:
        """The archive's name in the repository."""
        return f"{self.shown.name.removeprefix(PREFIX)}-{self.version}.tgz"


def listed(*, tenant: Tenant, may_pull: MayPull, is_public_only: bool) -> list[Listed]:
    """Every version of every chart that may be pulled."""
    found = tags_below(tenant=tenant, prefix=PREFIX, is_public_only=is_public_only)
    read = (_listed(each) for each in found if is_public_only or may_pull(each.name))
    return [each for each in read if each is not None]


def _listed(shown: ShownTag) -> Listed | None:
    """None for what is no Helm artifact."""
    document = json.loads(bytes(shown.manifest.content))
    config, layers = document.get("config") or {}, document.get("layers") or []
    archives = [layer["digest"] for layer in layers if layer.get("mediaType") == CONTENT_TYPE]
    if config.get("mediaType") != CONFIG_TYPE or len(archives) != 1:
        return None
    return Listed(shown, config["digest"], archives[0])


def index(versions: list[Listed]) -> dict[str, Any]:
    """The document that `index.yaml` is, newest version first; addresses are relative to it."""
    rows = {
        blob.digest: blob
        for blob in Blob.objects.filter(digest__in={each.config for each in versions}, state=Blob.State.LIVE)
    }
    entries: dict[str, list[dict[str, Any]]] = {}
    for each in sorted(versions, key=lambda one: one.shown.moved_at, reverse=True):
        blob = rows.get(each.config)
        said = _metadata(blob) if blob is not None else None
        if said is None or each.shown.name != f"{PREFIX}{said['name']}" or each.version != said["version"]:
            continue
        entries.setdefault(said["name"], []).append(
            {
                **said,
                "created": each.shown.moved_at.astimezone(UTC).isoformat(),
                "digest": each.archive.partition(":")[2],
                "urls": [each.file],
            }
        )
    generated = max((each.shown.moved_at for each in versions), default=None)
    return {
        "apiVersion": "v1",
        "entries": entries,
        "generated": generated.astimezone(UTC).isoformat() if generated else "1970-01-01T00:00:00+00:00",
    }


def _metadata(blob: Blob) -> dict[str, Any] | None:
    """A chart's own words, as its configuration has them; None when that is no Chart.yaml."""
    if blob.size > MAX_CONFIG:
        return None
    said = _READ.get(blob.digest) or _read(blob)
    if said is not None:
        if len(_READ) >= MOST_READ:
            _READ.clear()
        _READ[blob.digest] = said
    return said


def _read(blob: Blob) -> dict[str, Any] | None:
    try:
        said = json.loads(contents.read(blob))
    except (ValueError, contents.Unreadable):
        return None
    if not isinstance(said, dict) or not all(isinstance(said.get(part), str) for part in ("name", "version")):
        return None
    return said
