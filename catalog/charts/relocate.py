"""The values of a chart with other images written in, every comment and every other character left as it is.

Edits the text where the nodes lie, then reads the result again: what does not say exactly what was meant is not given
out (an anchor may stand for several places). Not in charge of which image is meant: `catalog.charts.locking`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import yaml

from catalog.charts import foreign
from catalog.charts.refusals import ChartRefused

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


def overrides(changes: Mapping[Path, str]) -> dict[str, Any]:
    """Only what changes, as a values file has it."""
    found: dict[str, Any] = {}
    for path, value in changes.items():
        _set(found, path, value)
    return found


def rewritten(text: str, changes: Mapping[Path, str]) -> str | None:
    """`text` with `changes` made; None where that cannot be done without touching anything else."""
    try:
        root = foreign.composed(text, "values.yaml")
        wanted = deepcopy(foreign.read(text, "values.yaml")) or {}
        lines = _starts(text)
        edits = [_edit(text, lines, root, path, value) for path, value in changes.items()]
        for path, value in changes.items():
            _set(wanted, path, value)
        for edit in sorted(
            (one for one in edits if one is not None), key=lambda one: one.start, reverse=True
        ):
            text = f"{text[: edit.start]}{edit.text}{text[edit.end :]}"
        return text if foreign.read(text, "values.yaml") == wanted else None
    except ChartRefused:
        return None


def _edit(text: str, lines: list[int], root: yaml.Node | None, path: Path, value: str) -> _Edit | None:
    parent = _at(root, path[:-1])
    if parent is None:
        return None
    pairs = {key.value: (key, one) for key, one in parent.value}
    if path[-1] in pairs:
        _, one = pairs[path[-1]]
        start, end = _place(lines, one.start_mark), _place(lines, one.end_mark)
        if start == end:  # nothing stands there: `tag:`
            return _Edit(
                start, end, f" {json.dumps(value)}" if text[start - 1 : start] == ":" else json.dumps(value)
            )
        return _Edit(start, end, json.dumps(value))
    if not pairs or parent.flow_style:
        return None
    key, one = next(iter(pairs.values()))
    # A line of its own before the first key, which is at the place of its siblings.
    at = _place(lines, key.start_mark)
    return _Edit(at, at, f"{path[-1]}: {json.dumps(value)}\n{' ' * key.start_mark.column}")


def _at(node: yaml.Node | None, path: Path) -> yaml.MappingNode | None:
    for part in path:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for key, value in node.value if key.value == part), None)
    return node if isinstance(node, yaml.MappingNode) else None


def _starts(text: str) -> list[int]:
    """Where each line starts; lines end as YAML says, which is not as Python does."""
    starts = [0]
    for at, char in enumerate(text):
        if char == "\n" or (char == "\r" and text[at + 1 : at + 2] != "\n") or char in "\x85\u2028\u2029":
            starts.append(at + 1)
    return starts


def _place(lines: list[int], mark: yaml.Mark) -> int:
    return lines[min(mark.line, len(lines) - 1)] + mark.column


def _set(values: dict[str, Any], path: Path, value: str) -> None:
    for part in path[:-1]:
        below = values.setdefault(part, {})
        if not isinstance(below, dict):
            below = values[part] = {}
        values = below
    values[path[-1]] = value
