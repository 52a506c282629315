"""Package a chart source as the archive and the configuration that helm reads; the same bytes each time.

Not in charge of storing them (`catalog.charts.publish`).
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

# Helm's OCI support: a chart is one layer, its Chart.yaml as JSON is the configuration.
CONFIG_TYPE = "application/vnd.cncf.helm.config.v1+json"
CONTENT_TYPE = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
#: Beside the archive where it was signed with PGP: what `helm push` takes from `NAME-VERSION.tgz.prov`.
PROVENANCE_TYPE = "application/vnd.cncf.helm.chart.provenance.v1.prov"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
SOURCES = Path(__file__).parent / "sources"
#: Beside the sources: templates, schema and words that all charts share. `@chart@` in them is a chart's name,
#: `@workload@` the kind of object that runs it.
SHARED = "_shared"
_BOTH = ("README.md", "values.yaml")
SCHEMA = "values.schema.json"
_FACT = re.compile(r"@([a-z]+(?::[a-z0-9._/-]+)?)@")


class ChartBroken(ValueError):
    """A chart source that cannot be packaged."""

    code: ClassVar[str] = "chart-broken"


@dataclass(frozen=True, slots=True)
class PackagedChart:
    """A chart, ready to store. `metadata` is Chart.yaml, `files` the texts by path inside the chart."""

    name: str
    version: str
    metadata: Mapping[str, Any]
    files: Mapping[str, str]
    archive: bytes

    @property
    def config(self) -> bytes:
        return json.dumps(self.metadata, sort_keys=True, separators=(",", ":")).encode()


def images_in(source: Path) -> list[str]:
    """Names of the catalogue images that a source pins by digest, in order."""
    texts = _texts(source).values()
    found = {fact.partition(":")[2] for text in texts for fact in _FACT.findall(text) if ":" in fact}
    return sorted(found)


def package(source: Path, *, facts: Mapping[str, str], epoch: int) -> PackagedChart:
    """Package the chart below `source`, with each `@fact@` replaced; `epoch` becomes every file's time.

    Raises ChartBroken when a fact is not known or Chart.yaml is none.
    """
    files = {path: _filled(text, facts, path) for path, text in _texts(source).items()}
    metadata = yaml.safe_load(files.get("Chart.yaml", ""))
    if not isinstance(metadata, dict) or not {"name", "version"} <= metadata.keys():
        message = f"{source.name} has no Chart.yaml with a name and a version."
        raise ChartBroken(message)
    name, version = str(metadata["name"]), str(metadata["version"])
    return PackagedChart(name, version, metadata, files, _archive(name, files, epoch))


def _texts(source: Path) -> dict[str, str]:
    """A source's texts over those that all charts share; what is in `_BOTH` is the one after the other."""
    own, shared = _read(source), _read(source.parent / SHARED)
    words = {"@chart@": source.name, "@workload@": "StatefulSet" if _keeps(own) else "Deployment"}
    for word, meaning in words.items():
        shared = {path: text.replace(word, meaning) for path, text in shared.items()}
    both = {path: own[path] + shared[path] for path in _BOTH if path in own and path in shared}
    if SCHEMA in shared and SCHEMA not in own:
        both[SCHEMA] = _narrowed(shared[SCHEMA], both.get("values.yaml", ""))
    return {**shared, **own, **both}


def _keeps(own: Mapping[str, str]) -> bool:
    """Whether the chart's image keeps something, as its facts say."""
    return "\ndata: " in own.get("templates/_facts.tpl", "")


def _narrowed(schema: str, values: str) -> str:
    """The schema that all charts share without what this one has no value for, so that it is refused."""
    said, known = json.loads(schema), yaml.safe_load(values) or {}
    said["properties"] = {
        name: one for name, one in said["properties"].items() if name in known or name == "global"
    }
    return json.dumps(said, indent=2) + "\n"


def _read(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


def _filled(text: str, facts: Mapping[str, str], path: str) -> str:
    def fact(match: re.Match[str]) -> str:
        if match[1] not in facts:
            message = f"{path} asks for {match[0]}, which is not known."
            raise ChartBroken(message)
        return facts[match[1]]

    return _FACT.sub(fact, text)


def _archive(name: str, files: Mapping[str, str], epoch: int) -> bytes:
    """A gzipped tar whose bytes depend on names, content and `epoch` only."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        # Helm reads Chart.yaml first and expects every path below the chart's name.
        for path in sorted(files, key=lambda path: (path != "Chart.yaml", path)):
            content = files[path].encode()
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size, entry.mode, entry.mtime = len(content), 0o644, epoch
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=epoch)
