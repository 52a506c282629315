"""A spec, or what a customer says of one, as a YAML document: written for people, read with suspicion.

Scalars are text, so that ``no``, ``0644`` and ``3.10`` stay what was typed; ids are numbers where a spec has
numbers. Anchors are refused, as they can make a page of YAML mean gigabytes. A document in apko's words is
translated (``apko``). Not in charge of the rules of a spec.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from builds.engine.spec.apko import from_apko, is_apko, read_number
from builds.engine.spec.reading import SpecMalformed

MAX_BYTES = 8 * 1024 * 1024
#: Lists of objects with ids, and fields that may be said to be nothing.
OBJECTS = ("users", "groups", "files", "directories")
OPTIONAL = ("entrypoint", "cmd", "user", "workdir", "stop_signal")


class _Loader(yaml.BaseLoader):
    """Reads every scalar as text; refuses anchors and keys that are there twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            raise SpecMalformed("document", "Anchors and aliases are not allowed; write the value out.")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key.value, str):
                raise SpecMalformed("document", f"A key on line {key.start_mark.line + 1} is no text.")
            if key.value in keys:
                raise SpecMalformed(key.value[:80], "This is there twice.")
            keys.add(key.value)
        return super().construct_mapping(node, deep)


def read_document(text: str) -> dict[str, Any]:
    """Read a YAML document into the values that ``Spec.from_json`` takes, and any others that it has.

    :raises SpecMalformed: when it is no mapping, too large, too deep, or says what has no meaning here
    """
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise SpecMalformed("document", f"A document has at most {MAX_BYTES} bytes.")
    try:
        plain = yaml.load(text, Loader=_Loader)  # noqa: S506 - a BaseLoader makes text, lists and mappings alone
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" Look at line {where.line + 1}." if where else ""
        raise SpecMalformed("document", f"This is not YAML.{line}") from error
    except RecursionError as error:
        raise SpecMalformed("document", "This is nested too deeply.") from error
    if not isinstance(plain, dict):
        raise SpecMalformed("document", "A document is a mapping of fields.")
    return from_apko(plain) if is_apko(plain) else _ours(plain)


def write_document(values: Mapping[str, Any]) -> str:
    """Write values as YAML in their order; what is empty is left out, but an empty list that says “none”."""
    kept = {
        key: value
        for key, value in values.items()
        if value or (key in ("entrypoint", "cmd") and value is not None)
    }
    return yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=100)


def _ours(plain: dict[str, Any]) -> dict[str, Any]:
    found = {
        key: value for key, value in plain.items() if not (key in OPTIONAL and value in ("", "~", "null"))
    }
    for field in OBJECTS:
        if isinstance(found.get(field), list):
            found[field] = [_with_numbers(item, f"{field}[{at}]") for at, item in enumerate(found[field])]
    return found


def _with_numbers(item: Any, where: str) -> Any:
    if not isinstance(item, dict):
        return item
    return {
        key: read_number(value, f"{where}.{key}") if key in ("uid", "gid") else value
        for key, value in item.items()
    }
