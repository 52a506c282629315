"""The scopes of a token request (distribution's token specification), as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: More than this in one request is a mistake or an attack; the rest is ignored.
MOST_SCOPES = 64
ACTIONS = frozenset({"pull", "push", "delete", "*"})


@dataclass(frozen=True, slots=True)
class Scope:
    """`kind:name:actions`; `name` is as the client writes it, tenant prefix included."""

    kind: str
    name: str
    actions: frozenset[str]

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}:{','.join(sorted(self.actions))}"


def parse(values: Iterable[str]) -> list[Scope]:
    """Read scope parameters, each with any number of scopes; unions overlaps, skips what is malformed."""
    merged: dict[tuple[str, str], frozenset[str]] = {}
    for word in " ".join(values).split()[:MOST_SCOPES]:
        kind, _, rest = word.partition(":")
        name, _, actions = rest.rpartition(":")
        if kind not in ("repository", "registry") or not name or len(name) > 255:
            continue
        wanted = ACTIONS & set(actions.split(","))
        merged[kind, name] = merged.get((kind, name), frozenset()) | wanted
    return [Scope(kind, name, actions) for (kind, name), actions in merged.items()]
