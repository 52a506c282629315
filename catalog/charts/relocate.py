"""The values of a chart with other images written in, every comment and every other character left as it is.

Edits the text where the nodes lie, then reads the result again: what does not say exactly what was meant is not given
out (an anchor may stand for several places). Not in charge of which image is meant: `catalog.charts.locking`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import yaml

from catalog.charts import foreign
from catalog.charts.places import Path
from catalog.charts.refusals import ChartRefused

#: A key that needs no quotes, unless YAML takes it for a truth or nothing (some take `y` for one).
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


class _NotHere(Exception):
    """What is to be written has no place in the text."""


def overrides(changes: Mapping[Path, str | bool]) -> dict[str, Any]:
    """Only what changes, as a values file has it."""
    found: dict[str, Any] = {}
    for path, value in changes.items():
        _set(found, path, value)
    return found


def rewritten(text: str, changes: Mapping[Path, str | bool]) -> str | None:
    """`text` with `changes` made; None where that cannot be done without touching anything else."""
    try:
        root = foreign.composed(text, "values.yaml")
        wanted = deepcopy(foreign.read(text, "values.yaml")) or {}
        for path, value in changes.items():
            _set(wanted, path, value)
        edits = _Editing(text).edits(root, overrides(changes)) if root is not None else _after(text, changes)
        for edit in sorted(edits, key=lambda one: one.start, reverse=True):
            text = f"{text[: edit.start]}{edit.text}{text[edit.end :]}"
        return text if foreign.read(text, "values.yaml") == wanted else None
    except (ChartRefused, _NotHere):
        return None


class _Editing:
    """One text, by the places of its nodes."""

    def __init__(self, text: str) -> None:
        self._text, self._lines = text, _starts(text)

    def edits(self, node: yaml.Node, wanted: Mapping[str, Any]) -> Iterator[_Edit]:
        """Of a mapping. Raises _NotHere."""
        if not isinstance(node, yaml.MappingNode):
            raise _NotHere
        if not node.value and wanted:
            yield self._replacing(node, wanted)
            return
        pairs = {key.value: value for key, value in node.value}
        for key in wanted.keys() & pairs.keys():
            if isinstance(wanted[key], dict) and isinstance(pairs[key], yaml.MappingNode):
                yield from self.edits(pairs[key], wanted[key])
            else:
                yield self._replacing(pairs[key], wanted[key])
        if added := {key: value for key, value in wanted.items() if key not in pairs}:
            yield self._adding(node, added)

    def _replacing(self, node: yaml.Node, value: Any) -> _Edit:
        start, end = self._place(node.start_mark), self._place(node.end_mark)
        # Where nothing stands (`tag:`) a space is needed before it.
        gap = " " if start == end and self._text[start - 1 : start] == ":" else ""
        return _Edit(start, end, f"{gap}{json.dumps(value)}")

    def _adding(self, node: yaml.MappingNode, added: Mapping[str, Any]) -> _Edit:
        """Before the first key, which is at the place of its siblings."""
        mark = node.value[0][0].start_mark
        at = self._place(mark)
        if node.flow_style:
            return _Edit(at, at, f"{json.dumps(added)[1:-1]}, ")
        indent = " " * mark.column
        return _Edit(at, at, f"{_block(added, indent).lstrip(' ')}\n{indent}")

    def _place(self, mark: yaml.Mark) -> int:
        return self._lines[min(mark.line, len(self._lines) - 1)] + mark.column


def _after(text: str, changes: Mapping[Path, str | bool]) -> list[_Edit]:
    """After comments, which is all that there is."""
    gap = "" if not text or text.endswith("\n") else "\n"
    return [_Edit(len(text), len(text), f"{gap}{_block(overrides(changes), '')}\n")] if changes else []


def _block(values: Mapping[str, Any], indent: str) -> str:
    """As lines of their own."""
    lines = []
    for key, value in values.items():
        name = key if _PLAIN.fullmatch(key) and yaml.safe_load(key) == key else json.dumps(key)
        is_mapping = isinstance(value, dict)
        below = f"\n{_block(value, f'{indent}  ')}" if is_mapping else f" {json.dumps(value)}"
        lines.append(f"{indent}{name}:{below}")
    return "\n".join(lines)


def _starts(text: str) -> list[int]:
    """Where each line starts; lines end as YAML says, which is not as Python does."""
    starts = [0]
    for at, char in enumerate(text):
        if char == "\n" or (char == "\r" and text[at + 1 : at + 2] != "\n") or char in "\x85\u2028\u2029":
            starts.append(at + 1)
    return starts


def _set(values: dict[str, Any], path: Path, value: str | bool) -> None:
    for part in path[:-1]:
        below = values.setdefault(part, {})
        if not isinstance(below, dict):
            below = values[part] = {}
        values = below
    values[path[-1]] = value
