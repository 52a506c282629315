"""What can be set in a chart: each value by its path, with default, what it is for, and what the schema asks of it.

Read once, when a chart is published or imported, and kept. Not in charge of showing it, nor of checking values by a
foreign schema: its patterns could keep a processor busy for hours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any, TypedDict

import yaml

#: More are no table for people; the values themselves are complete.
MOST = 3000
DEEPEST = 10
LONGEST = 300
_PARAM = re.compile(r"^\s*#+\s*@param\s+(\S+)\s+(.*)$", re.MULTILINE)
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "text", list: "list", dict: "object"}
_SCHEMA_TYPES = {"string": "text", "array": "list"}
_LIMITS = {"minimum": "≥ {}", "maximum": "≤ {}", "minLength": "at least {} characters",
           "maxLength": "at most {} characters", "pattern": "matches {}", "minItems": "at least {} entries"}  # fmt: skip


class Option(TypedDict):
    """One value: `path` as `--set` takes it, `default` as JSON ("" for none), `rule` as the schema limits it."""

    path: str
    type: str
    default: str
    note: str
    rule: str
    is_required: bool


def options_of(text: str, root: yaml.Node | None, values: Any, schema: Any) -> list[Option]:
    """Every value of `values` and every further one that `schema` knows, in the order of the file."""
    schema = schema if isinstance(schema, dict) else {}
    notes = {**_comments(text, root), **_params(text)}
    found: list[Option] = []
    for path, value, said, is_required in _walk(values, schema, schema, (), False):
        note = notes.get(".".join(path), "") or str(said.get("description", ""))
        found.append(
            Option(
                path=".".join(_escaped(part) for part in path)[:LONGEST],
                type=_type(value, said),
                default="" if value is _NOTHING else _short(json.dumps(value, ensure_ascii=False)),
                note=_short(note),
                rule=_short(_rule(said)),
                is_required=is_required,
            )
        )
        if len(found) == MOST:
            break
    return found


class _Nothing:
    """No default at all, which differs from null."""


_NOTHING = _Nothing()


def _walk(
    value: Any, said: Mapping[str, Any], schema: Mapping[str, Any], path: tuple[str, ...], is_required: bool
) -> Iterator[tuple[tuple[str, ...], Any, Mapping[str, Any], bool]]:
    """(path, default, schema, is required) of each leaf."""
    said = _resolved(said, schema)
    properties = said.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    mapping = value if isinstance(value, dict) else {}
    if len(path) >= DEEPEST or not (mapping or (properties and isinstance(value, dict | _Nothing))):
        if path:
            yield path, value, said, is_required
        return
    required = said.get("required")
    for key in [*mapping, *(key for key in properties if key not in mapping)]:
        below = properties.get(key)
        yield from _walk(
            mapping.get(key, _NOTHING),
            below if isinstance(below, dict) else {},
            schema,
            (*path, str(key)),
            isinstance(required, list) and key in required,
        )


def _resolved(said: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A reference within the schema, followed; one that leads elsewhere says nothing."""
    for _ in range(DEEPEST):
        reference = said.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        found: Any = schema
        for part in reference[2:].split("/"):
            found = found.get(part) if isinstance(found, dict) else None
        said = found if isinstance(found, dict) else {}
    return said


def _type(value: Any, said: Mapping[str, Any]) -> str:
    kind = said.get("type")
    if isinstance(kind, str):
        return _SCHEMA_TYPES.get(kind, kind)[:40]
    if isinstance(kind, list):
        return " or ".join(_SCHEMA_TYPES.get(str(one), str(one)) for one in kind)[:40]
    return _TYPES.get(type(value), "")


def _rule(said: Mapping[str, Any]) -> str:
    if isinstance(said.get("enum"), list):
        return "one of " + ", ".join(json.dumps(one, ensure_ascii=False) for one in said["enum"])
    limits = [
        text.format(said[key])
        for key, text in _LIMITS.items()
        if isinstance(said.get(key), int | float | str)
    ]
    return ", ".join(limits)


def _params(text: str) -> dict[str, str]:
    """Notes that name their value (`## @param image.tag The tag`)."""
    return {path: re.sub(r"^\[[^\]]*\]\s*", "", note).strip() for path, note in _PARAM.findall(text)}


def _comments(text: str, root: yaml.Node | None) -> dict[str, str]:
    """Notes by the comment lines directly above a key."""
    lines = text.splitlines()
    found: dict[str, str] = {}
    for path, line in _keys(root, ()):
        above = reversed([one.strip() for one in lines[max(0, line - 40) : line]])
        said = [one.lstrip("#").strip().removeprefix("-- ") for one in takewhile(_is_comment, above)]
        said.reverse()
        words = " ".join(one for one in said if one)
        if words and "@" not in words.split(maxsplit=1)[0]:
            found[".".join(path)] = words
    return found


def _is_comment(line: str) -> bool:
    return line.startswith("#")


def _keys(node: yaml.Node | None, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    if not isinstance(node, yaml.MappingNode) or node.flow_style or len(path) >= DEEPEST:
        return
    for key, value in node.value:
        if value.start_mark.line < key.start_mark.line:
            continue  # an alias: what it stands for has its own notes
        yield (*path, str(key.value)), key.start_mark.line
        yield from _keys(value, (*path, str(key.value)))


def _escaped(part: str) -> str:
    """A dot in a key, as `--set` takes it."""
    return part.replace(".", "\\.")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
