"""The charts that a chart brings along in `charts/`, as folders or archives: what helm loads of them.

Bounded together: bytes, depth, and values to read. Not in charge of which of them are used, nor of what their values
come to (`catalog.charts.merging`); how helm loads them: `pkg/chart/loader` of https://github.com/helm/helm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.charts import foreign
from catalog.charts.refusals import ChartRefused
from catalog.charts.unpacking import MOST_UNPACKED, unpacked

FOLDER = "charts/"
#: How deep charts lie within charts, how many there are, and how much values they have together, in bytes.
DEEPEST, MOST_CHARTS, MOST_VALUES = 8, 60, 2 << 20


@dataclass(frozen=True, slots=True)
class Dependency:
    """A chart that another asks for; `imports` are (path in its values, path in the asking chart's)."""

    name: str
    alias: str = ""
    version: str = ""
    condition: str = ""
    tags: tuple[str, ...] = ()
    imports: tuple[tuple[str, str], ...] = ()

    @property
    def called(self) -> str:
        """Where its values lie in the asking chart's."""
        return self.alias or self.name


@dataclass(frozen=True, slots=True)
class Bundle:
    """A chart with the charts in it; `values` are its own."""

    name: str
    version: str = ""
    app_version: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    dependencies: tuple[Dependency, ...] = ()
    charts: tuple[Bundle, ...] = ()


def bundle(archive: bytes) -> Bundle:
    """All of the chart in a gzipped tar, which has one folder. Raises ChartRefused."""
    return _Reading().archive(archive, "", 0)


class _Reading:
    """What is left of the bounds while charts are read."""

    def __init__(self) -> None:
        self._bytes, self._charts, self._values = MOST_UNPACKED, MOST_CHARTS, MOST_VALUES

    def archive(self, content: bytes, at: str, depth: int) -> Bundle:
        files = unpacked(content, self._bytes)
        self._bytes -= sum(map(len, files.values()))
        return self._chart({path.partition("/")[2]: data for path, data in files.items()}, at, depth)

    def _chart(self, files: Mapping[str, bytes], at: str, depth: int) -> Bundle:
        """`at` is where it lies in the whole, with a slash at its end."""
        self._charts -= 1
        if depth > DEEPEST or self._charts < 0:
            raise ChartRefused(
                "chart-bundles-too-much", f"A chart has at most {MOST_CHARTS} charts in it, {DEEPEST} deep."
            )
        said, more = self._mapping(files, at, "Chart.yaml"), self._mapping(files, at, "requirements.yaml")
        name = said.get("name")
        if not isinstance(name, str) or not name:
            raise ChartRefused("chart-bundled", f"There is no chart in {at.rstrip('/')[-150:]}.")
        # Of charts as helm 2 had them, dependencies are apart.
        asked = more.get("dependencies") if said.get("apiVersion") == "v1" else None
        return Bundle(
            name,
            _text(said.get("version")),
            _text(said.get("appVersion")),
            self._mapping(files, at, "values.yaml"),
            dependencies_of(asked or said.get("dependencies")),
            tuple(self._within(files, at, depth)),
        )

    def _within(self, files: Mapping[str, bytes], at: str, depth: int) -> list[Bundle]:
        parts: dict[str, dict[str, bytes]] = {}
        for path, data in files.items():
            name, _, rest = path.removeprefix(FOLDER).partition("/")
            if path.startswith(FOLDER) and name[0] not in "_." and not path.endswith(".prov"):
                parts.setdefault(name, {})[rest] = data
        found = []
        for name, inside in parts.items():
            here = f"{at}{FOLDER}{name}/"
            if name.endswith(".tgz") and "" in inside:
                found.append(self._archive_within(inside[""], name, here, depth + 1))
            else:
                found.append(self._chart(inside, here, depth + 1))
        return found

    def _archive_within(self, content: bytes, name: str, at: str, depth: int) -> Bundle:
        try:
            return self.archive(content, at, depth)
        except ChartRefused as refused:
            sentence = f"The archive {name[:80]} within it is refused: {refused.code}."
            raise ChartRefused(refused.code, sentence) from refused

    def _mapping(self, files: Mapping[str, bytes], at: str, name: str) -> Mapping[str, Any]:
        data = files.get(name, b"")
        self._values -= len(data)
        if self._values < 0:
            raise ChartRefused(
                "chart-bundles-too-much",
                f"The charts in it have more than {MOST_VALUES >> 20} MiB of values.",
            )
        try:
            said = foreign.read(data.decode("utf-8-sig"), f"{at}{name}"[-150:])
        except UnicodeDecodeError:
            raise ChartRefused("chart-not-text", f"{at[-150:]}{name} is not text in UTF-8.") from None
        return said if isinstance(said, dict) else {}


def dependencies_of(said: Any) -> tuple[Dependency, ...]:
    """From the list in Chart.yaml; what cannot be understood is left out."""
    asked = said if isinstance(said, list) else []
    return tuple(_dependency(one) for one in asked if isinstance(one, dict) and _text(one.get("name")))


def _dependency(said: Mapping[str, Any]) -> Dependency:
    tags, imports = said.get("tags"), said.get("import-values")
    return Dependency(
        name=_text(said.get("name")),
        alias=_text(said.get("alias")),
        version=_text(said.get("version")),
        condition=_text(said.get("condition")),
        tags=tuple(_text(one) for one in tags) if isinstance(tags, list) else (),
        imports=tuple(map(_import, imports)) if isinstance(imports, list) else (),
    )


def _import(said: Any) -> tuple[str, str]:
    if isinstance(said, dict):
        return _text(said.get("child")), _text(said.get("parent"))
    return f"exports.{_text(said)}", ""


def _text(said: Any) -> str:
    return said if isinstance(said, str) else ""
