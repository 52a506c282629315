"""What the values of a chart and of those within it come to, as helm merges them before anybody says otherwise.

A chart's values lie over those of a chart in it, under its name or alias; `global` is handed down; conditions and tags
switch charts off; exported values come up. Between two charts in it of one name a dependency takes the one of exactly its
version, else the first. Not in charge of reading them (`catalog.charts.bundled`). The rules are those of `pkg/chart`
of https://github.com/helm/helm (coalesce, dependencies).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.charts.bundled import Bundle, Dependency
from catalog.charts.places import Path
from catalog.charts.refusals import ChartRefused

#: Of values altogether, each counted as often as a chart has it.
MOST = 300_000
GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class Part:
    """A chart in the whole. `path` leads to its values; `off` says why helm leaves it out, "" where it does not."""

    path: Path
    app_version: str
    off: str = ""


def merged(whole: Bundle) -> tuple[dict[str, Any], list[Part]]:
    """The values, those of charts that are switched off among them, and the charts, outer ones first.

    Raises ChartRefused.
    """
    values = _Merging().merged(whole, {})
    return values, [Part((), whole.app_version), *_parts(whole, values, (), "")]


def at(values: Any, path: Path) -> Any:
    """What lies there; None for nothing."""
    for part in path:
        values = values.get(part) if isinstance(values, dict) else None
    return values


class _Merging:
    """Counts what is merged: a chart may be in it a thousand times by alias."""

    def __init__(self) -> None:
        self._left = MOST

    def merged(self, chart: Bundle, given: Mapping[str, Any]) -> dict[str, Any]:
        """Those of `chart` beneath what is given from above."""
        values = self._over(given, chart.values)
        brought: dict[str, Any] = {}
        for name, dependency, below in _instances(chart):
            inner = dict(_table(values.get(name)))
            inner[GLOBAL] = self._over(_table(values.get(GLOBAL)), _table(inner.get(GLOBAL)))
            values[name] = self.merged(below, inner)
            for child, parent in dependency.imports if dependency else ():
                table = at(values[name], _split(child))
                if isinstance(table, dict):
                    brought = self._over(brought, _nested(_split(parent), table))
        return self._over(values, brought) if brought else values

    def _over(self, above: Mapping[str, Any], below: Mapping[str, Any]) -> dict[str, Any]:
        """`above` over `below`.

        Null above leaves what is below: helm 3 takes it away, helm 4 does not, and none of its images may be missed.
        """
        self._count(len(above) + 1)
        found = dict(above)
        for key, value in below.items():
            if found.get(key) is None:
                self._spend(value)
                found[key] = value
            elif isinstance(found[key], dict) and isinstance(value, dict):
                found[key] = self._over(found[key], value)
        return found

    def _spend(self, value: Any) -> None:
        self._count(1)
        below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for one in below:
            self._spend(one)

    def _count(self, n: int) -> None:
        self._left -= n
        if self._left < 0:
            raise ChartRefused("chart-bundles-too-much", "The values of the charts in it come to too much.")


def _instances(chart: Bundle) -> Iterator[tuple[str, Dependency | None, Bundle]]:
    """Each chart in it as often as it is asked for, with its name there; one that nobody asks for is there as well."""
    asked = {one.name for one in chart.dependencies}
    for below in chart.charts:
        if below.name not in asked:
            yield below.name, None, below
    for dependency in chart.dependencies:
        named = [below for below in chart.charts if below.name == dependency.name]
        named.sort(key=lambda below: below.version != dependency.version)
        if named:
            yield dependency.called, dependency, named[0]


def _parts(chart: Bundle, values: dict[str, Any], path: Path, off: str) -> Iterator[Part]:
    for name, dependency, below in _instances(chart):
        here = (*path, name)
        why = off or (_off(dependency, values, path) if dependency else "")
        yield Part(here, below.app_version, why)
        yield from _parts(below, values, here, why)


def _off(dependency: Dependency, values: dict[str, Any], path: Path) -> str:
    """The value that switches it off: the first condition that is said decides, else its tags."""
    for condition in dependency.condition.split(","):
        where = (*path, *_split(condition.strip()))
        if isinstance(said := at(values, where), bool):
            return "" if said else ".".join(where)
    said = [at(values, ("tags", tag)) for tag in dependency.tags]
    if True in said or False not in said:
        return ""
    return f"tags.{dependency.tags[said.index(False)]}"


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _split(path: str) -> Path:
    return tuple(part for part in path.split(".") if part)


def _nested(path: Path, table: dict[str, Any]) -> dict[str, Any]:
    for part in reversed(path):
        table = {part: table}
    return table
