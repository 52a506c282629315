"""Relations between Debian packages: Depends, Conflicts, Provides and kin.

Parses the field syntax of the Debian Policy Manual, chapter 7, as it occurs in
binary packages (no architecture or build-profile restrictions). It does not
decide which packages to install (``resolve``).
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from builds.engine.deb.version import version_key

_RELATION = re.compile(
    r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9+.-]*)(?::(?P<qualifier>[a-z0-9-]+))?"
    r"\s*(?:\(\s*(?P<operator><<|<=|>=|>>|=|<|>)\s*(?P<version>[^\s()]+)\s*\))?\s*"
)
_OLD_OPERATORS = {"<": "<=", ">": ">="}


@dataclass(frozen=True, slots=True)
class Relation:
    """One package name with an optional version bound.

    ``operator`` is one of ``<< <= = >= >>`` or empty. ``qualifier`` is what
    follows a colon: ``any`` or an architecture.
    """

    name: str
    operator: str = ""
    version: str = ""
    qualifier: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.operator} {self.version})" if self.operator else self.name

    def admits(self, version: str) -> bool:
        """Tell whether a package of this version is within the bound."""
        if not self.operator:
            return True
        ours, bound = version_key(version), version_key(self.version)
        return {
            "<<": ours < bound,
            "<=": ours <= bound,
            "=": ours == bound,
            ">=": ours >= bound,
            ">>": ours > bound,
        }[self.operator]


Group = tuple[Relation, ...]


def parse_relation(text: str) -> Relation:
    """Read one relation; raise ``ValueError`` if it is malformed."""
    match = _RELATION.fullmatch(text)
    if match is None:
        raise ValueError(f"malformed relation {text[:80]!r}")
    operator = match["operator"] or ""
    return Relation(
        name=match["name"],
        operator=_OLD_OPERATORS.get(operator, operator),
        version=match["version"] or "",
        qualifier=match["qualifier"] or "",
    )


@functools.lru_cache(maxsize=65536)
def parse_group(text: str) -> Group:
    """Read the alternatives of one dependency, first choice first."""
    return tuple(parse_relation(part) for part in text.split("|"))


def split_groups(field: str) -> list[str]:
    """Split a field at its commas, without parsing the parts."""
    return [part for raw in field.split(",") if (part := raw.strip())]


def parse_field(field: str) -> tuple[Group, ...]:
    """Read a whole field: all groups must hold, one relation of each."""
    return tuple(parse_group(part) for part in split_groups(field))
