"""Charts as a classic Helm repository: what `helm repo add` reads, made of the OCI artifacts a tenant sees.

A chart is any repository named `charts/<name>` whose tags are Helm artifacts: the platform's, by grant, and
those that the tenant pushed itself. Nothing is stored twice. Not in charge of who is asking (the door does
that, `catalog.charts.door`) nor of reading archives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from catalog.charts import foreign
from catalog.charts.package import CONFIG_TYPE, CONTENT_TYPE, PROVENANCE_TYPE
from registry import contents
from registry.models import Blob
from registry.shown import ShownTag, tags_below
from tenants.models import Tenant

PREFIX = "charts/"
#: A configuration is a Chart.yaml as JSON; larger ones are no chart of ours to list.
MAX_CONFIG = 1 << 20
#: What configurations say, by digest: their bytes never change.
_READ: dict[str, dict[str, Any]] = {}
MOST_READ = 20_000
#: What may stand in JSON's texts as it is, and not in YAML's (https://yaml.org/spec/1.1/#c-printable).
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
MayPull = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Listed:
    """One version of a chart: where it is, and digests of its configuration, archive and PGP provenance ("" for none)."""

    shown: ShownTag
    config: str
    archive: str
    provenance: str

    @property
    def version(self) -> str:
        # Helm's rule: "+" of a version is "_" in its tag.
        return self.shown.tag.replace("_", "+")

    @property
    def file(self) -> str:
        """The archive's name in the repository."""
        return f"{self.shown.name.removeprefix(PREFIX)}-{self.version}.tgz"


def listed(
    *, tenant: Tenant, may_pull: MayPull, is_public_only: bool, file: str | None = None
) -> list[Listed]:
    """Every version of every chart that may be pulled; with `file` those alone whose archive may be called so."""
    named = None if file is None else _tags_in(file)
    found = tags_below(tenant=tenant, prefix=PREFIX, is_public_only=is_public_only, named=named)
    read = (_listed(each) for each in found if is_public_only or may_pull(each.name))
    return [each for each in read if each is not None]


def _tags_in(file: str) -> set[str]:
    """Tags that a file called `<name>-<version>` may be of: names have dashes, and so have versions."""
    parts = file.split("-")
    return {"-".join(parts[at:]).replace("+", "_") for at in range(1, len(parts))}


def _listed(shown: ShownTag) -> Listed | None:
    """None for what is no Helm artifact."""
    document = json.loads(bytes(shown.manifest.content))
    config, layers = document.get("config") or {}, document.get("layers") or []
    archives, signed = (
        [layer["digest"] for layer in layers if layer.get("mediaType") == kind]
        for kind in (CONTENT_TYPE, PROVENANCE_TYPE)
    )
    if config.get("mediaType") != CONFIG_TYPE or len(archives) != 1:
        return None
    return Listed(shown, config["digest"], archives[0], signed[0] if signed else "")


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


def written(document: dict[str, Any]) -> str:
    """An index as text: JSON, which is YAML and much faster to write and to read, each version on a line of its own."""
    charts = [
        f"{_compact(name)}:[\n" + ",\n".join(_compact(one) for one in versions) + "\n]"
        for name, versions in document["entries"].items()
    ]
    entries = "{\n" + ",\n".join(charts) + "\n}"
    rest = {name: one for name, one in document.items() if name != "entries"}
    return f'{{"entries":{entries},{_compact(rest)[1:]}\n'


def _compact(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


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
    except (ValueError, RecursionError, contents.Unreadable):
        return None
    # One that cannot be said again would take all others out of the index.
    if not isinstance(said, dict) or not foreign.is_keepable(said):
        return None
    return said if all(isinstance(said.get(part), str) for part in ("name", "version")) else None
