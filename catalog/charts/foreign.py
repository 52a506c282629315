"""YAML that others wrote, read with suspicion: bounded in size, depth and in what its aliases come to.

Charts use anchors, so they are followed; a page of YAML that would mean gigabytes is refused before anything is built
of it. Not in charge of what the values mean.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import yaml

from catalog.charts.refusals import ChartRefused
from registry.document import is_storable

MAX_BYTES = 1 << 20
MAX_EVENTS = 100_000
#: Of nodes, when every alias is written out.
MAX_NODES = 100_000
MAX_DEPTH = 40
#: Of what is kept as JSON, such as a schema; and of a number, in bits.
MAX_KEPT_DEPTH = 100
MAX_BITS = 256
#: libyaml's where it is there. Both make plain values only.
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def composed(text: str, what: str) -> yaml.Node | None:
    """The document's nodes, with their places in `text`; None for an empty one.

    Raises ChartRefused; `what` names the file in its sentence.
    """
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise ChartRefused("chart-yaml-too-large", f"{what} has more than {MAX_BYTES >> 20} MiB.")
    try:
        _check_events(text, what)
        root: yaml.Node | None = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as error:
        raise _unreadable(what, error) from error
    if root is not None:
        _Weighing(what).weigh(root)
    return root


def plain(root: yaml.Node | None, what: str) -> Any:
    """The values that checked nodes stand for, as JSON has them: every key text, every date as ISO 8601."""
    if root is None:
        return None
    loader = Loader("")
    try:
        found = _as_json(loader.construct_document(root))
    except (yaml.YAMLError, ValueError, OverflowError, TypeError) as error:
        raise _unreadable(what, error) from error
    if not is_keepable(found):
        raise ChartRefused(
            "chart-not-text", f"{what} holds characters that are no text, or a number without end."
        )
    return found


def read(text: str, what: str) -> Any:
    """Both at once."""
    return plain(composed(text, what), what)


def is_keepable(value: Any, deep: int = MAX_KEPT_DEPTH) -> bool:
    """Whether a database keeps it and can say it again: text without NUL or half of a surrogate pair, numbers that JSON has."""
    if isinstance(value, str):
        return is_storable(value)
    if isinstance(value, dict):
        return deep > 0 and all(is_storable(key) and is_keepable(one, deep - 1) for key, one in value.items())
    if isinstance(value, list):
        return deep > 0 and all(is_keepable(one, deep - 1) for one in value)
    return value.bit_length() <= MAX_BITS if isinstance(value, int) else _is_number(value)


def _is_number(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _check_events(text: str, what: str) -> None:
    """Counted before nodes are made: making them recurses."""
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=Loader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if number > MAX_EVENTS or depth > MAX_DEPTH:
            raise ChartRefused("chart-yaml-too-deep", f"{what} says too much, or is nested too deeply.")


class _Weighing:
    """How many nodes there are when aliases are written out, and how deep; refuses circles and keys that are twice."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.known: dict[int, tuple[int, int]] = {}
        self.open: set[int] = set()

    def weigh(self, node: yaml.Node) -> tuple[int, int]:
        """(nodes, depth) of `node`."""
        if isinstance(node, yaml.ScalarNode):
            return 1, 1
        key = id(node)
        if key in self.open:
            raise ChartRefused(
                "chart-yaml-alias", f"{self.what} has an alias of something that it is part of."
            )
        if key not in self.known:
            self.open.add(key)
            below = [self.weigh(child) for child in self._children(node)]
            self.open.discard(key)
            self.known[key] = 1 + sum(n for n, _ in below), 1 + max((d for _, d in below), default=0)
        nodes, depth = self.known[key]
        if nodes > MAX_NODES or depth > MAX_DEPTH:
            raise ChartRefused(
                "chart-yaml-alias", f"The aliases of {self.what} come to too much when written out."
            )
        return nodes, depth

    def _children(self, node: yaml.Node) -> list[yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            return list(node.value)
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen and name != "<<":
                line = key.start_mark.line + 1
                raise ChartRefused(
                    "chart-yaml-twice",
                    f"{self.what} has “{name[:60]}” twice, the second time on line {line}.",
                )
            seen.add(name)
        return [part for pair in node.value for part in pair]


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _as_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [_as_json(one) for one in value]
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _unreadable(what: str, error: Exception) -> ChartRefused:
    mark = getattr(error, "problem_mark", None)
    where = f" Look at line {mark.line + 1}." if mark is not None else ""
    return ChartRefused("chart-yaml", f"{what} cannot be read as YAML.{where}")
