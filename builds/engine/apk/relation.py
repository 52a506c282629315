"""Relations between apk packages: what follows ``D:``, ``p:`` and ``i:`` in an index.

A field is words with blanks between: a name, perhaps with a bound (``= < > <= >= ~``), where ``!`` before it
means a conflict. Names may be any capability: ``so:libc.so.6``, ``cmd:sh``, ``pc:zlib``, a path.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from builds.engine.apk.version import begins_with, version_key

_RELATION = re.compile(
    r"(?P<name>[A-Za-z0-9_/.][^\s<>=~!@\x00-\x20\x7f-\x9f]{0,255})(?:@[A-Za-z0-9_.-]+)?"
    r"(?:(?P<operator><=|>=|=~|~=|<|>|=|~)(?P<version>[^\s<>=!]{1,256}))?"
)
_SAME = {"=~": "~", "~=": "~"}


@dataclass(frozen=True, slots=True)
class ApkRelation:
    """One name with an optional bound. ``operator`` is one of ``< <= = >= > ~`` or empty."""

    name: str
    operator: str = ""
    version: str = ""
    qualifier: str = ""

    def __str__(self) -> str:
        return f"{self.name}{self.operator}{self.version}"

    def admits(self, version: str) -> bool:
        """Tell whether a package of this version is within the bound."""
        if not self.operator:
            return True
        if self.operator == "~":
            return begins_with(version, self.version)
        ours, bound = version_key(version), version_key(self.version)
        return {
            "<": ours < bound,
            "<=": ours <= bound,
            "=": ours == bound,
            ">=": ours >= bound,
            ">": ours > bound,
        }[self.operator]


@functools.lru_cache(maxsize=1 << 16)
def parse_word(word: str) -> tuple[ApkRelation, ...]:
    """Read one word; raise ``ValueError`` if it is malformed. There are no alternatives, so it stands alone."""
    match = _RELATION.fullmatch(word)
    if match is None:
        raise ValueError(f"malformed relation {word[:80]!r}")
    operator = match["operator"] or ""
    return (ApkRelation(match["name"], _SAME.get(operator, operator), match["version"] or ""),)


def parse_field(field: str) -> tuple[tuple[ApkRelation, ...], ...]:
    """Read a whole field without conflicts: all must hold."""
    return tuple(map(parse_word, field.split())) if field else ()


def split_conflicts(field: str) -> tuple[str, str]:
    """Part a field into what is needed and what must not be there (without its ``!``)."""
    if "!" not in field:
        return field, ""
    words = field.split()
    if "!" in words:
        raise ValueError(f"malformed relation '!' in {field[:80]!r}")
    needs = " ".join(word for word in words if not word.startswith("!"))
    return needs, " ".join(word[1:] for word in words if word.startswith("!"))
