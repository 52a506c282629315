"""A chart archive that somebody sent, read with suspicion: every refusal has its own code, and nothing is written.

Bounded before anything is unpacked (`catalog.charts.unpacking`), all of it in memory, so that a web process may do it.
Not in charge of charts within the chart (`catalog.charts.bundled`), whose chart it is, nor of storing it
(`catalog.charts.taking`); what `helm` wants of a chart: https://helm.sh/docs/topics/charts/.
"""

from __future__ import annotations

import json
import re
from typing import Any

from catalog.charts import foreign
from catalog.charts.package import PackagedChart
from catalog.charts.refusals import ChartRefused
from catalog.charts.unpacking import unpacked

MOST_BYTES = 4 << 20
#: Of what is kept as text: a README, a template.
LONGEST_TEXT = 1 << 20
_NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
# https://semver.org, its own pattern.
_VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
    r"(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?",
    re.ASCII,
)
#: Of Chart.yaml; the first two decide what the chart is.
_TEXTS = ("name", "version", "apiVersion", "appVersion", "description", "kubeVersion", "type", "home", "icon")


def read_archive(content: bytes) -> PackagedChart:
    """The chart in a gzipped tar, `content` itself being its archive. Raises ChartRefused."""
    if len(content) > MOST_BYTES:
        raise ChartRefused("chart-too-large", f"An archive has at most {MOST_BYTES >> 20} MiB.")
    files = unpacked(content)
    tops = {path.partition("/")[0] for path in files}
    if len(tops) != 1:
        raise ChartRefused(
            "chart-folders", "All of a chart lies in one folder that is called as the chart is."
        )
    (top,) = tops
    inside = {path.partition("/")[2]: data for path, data in files.items()}
    metadata = _metadata(inside.get("Chart.yaml"), top)
    texts = {path: _text(path, data) for path, data in inside.items() if len(data) <= LONGEST_TEXT}
    for strict in ("values.yaml", "values.schema.json"):
        if strict in inside and strict not in texts:
            raise ChartRefused("chart-file-too-large", f"{strict} has more than {LONGEST_TEXT >> 20} MiB.")
    _check_schema(texts.get("values.schema.json"))
    return PackagedChart(str(metadata["name"]), str(metadata["version"]), metadata, texts, content)


def _text(path: str, data: bytes) -> str:
    """A file as text; strictly for those that are read, with what is no text replaced elsewhere."""
    is_read = path in ("values.yaml", "values.schema.json")
    try:
        text = data.decode("utf-8-sig" if is_read else "utf-8", "strict" if is_read else "replace")
    except UnicodeDecodeError:
        raise ChartRefused("chart-not-text", f"{path} is not text in UTF-8.") from None
    return text if is_read else text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _metadata(data: bytes | None, top: str) -> dict[str, Any]:
    if data is None:
        raise ChartRefused("chart-yaml-missing", "The archive has no Chart.yaml in its folder.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ChartRefused("chart-not-text", "Chart.yaml is not text in UTF-8.") from None
    said = foreign.read(text, "Chart.yaml")
    if not isinstance(said, dict):
        raise ChartRefused("chart-yaml", "Chart.yaml is a mapping of fields.")
    for field in _TEXTS:
        if field in said and not isinstance(said[field], str):
            raise ChartRefused("chart-yaml", f"`{field}` of Chart.yaml must be text; put it in quotes.")
    _check_identity(said, top)
    return said


def _check_identity(said: dict[str, Any], top: str) -> None:
    name, version = said.get("name", ""), said.get("version", "")
    if said.get("apiVersion") not in ("v1", "v2"):
        raise ChartRefused("chart-api-version", "`apiVersion` of Chart.yaml is v1 or v2.")
    if not _NAME.fullmatch(name) or len(name) > 53:
        raise ChartRefused(
            "chart-name", "`name` of Chart.yaml is no chart's: small letters, digits, “-” and “.”."
        )
    if name != top:
        raise ChartRefused("chart-name", f"Chart.yaml names it {name}, its folder {top[:60]}.")
    if not _VERSION.fullmatch(version) or len(version) > 100:
        raise ChartRefused("chart-version", "`version` of Chart.yaml is no semantic version, such as 1.2.3.")
    dependencies = said.get("dependencies")
    if dependencies is not None and not (
        isinstance(dependencies, list) and all(isinstance(one, dict) for one in dependencies)
    ):
        raise ChartRefused("chart-yaml", "`dependencies` of Chart.yaml is a list of charts.")


def _check_schema(text: str | None) -> None:
    """That it is an object of JSON; it is shown and never run here."""
    if text is None:
        return
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError):
        raise ChartRefused("chart-schema", "values.schema.json is no JSON.") from None
    if not isinstance(schema, dict) or not foreign.is_keepable(schema):
        raise ChartRefused("chart-schema", "values.schema.json is no schema that can be kept.")
