"""The part of an index that a request can lead to, found without reading the rest.

An index may list 60,000 packages of which a request reaches fifty. What it reaches is: every provider of each
name asked for, of each name those need, and so on; and what comes by itself with them. Solving that part gives
what solving the whole would, since nothing outside can be chosen. Not in charge of solving.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

_LINE = re.compile(rb"^([Ppi]):([^\n]*)$", re.MULTILINE)
_NEEDS = re.compile(rb"^D:([^\n]*)$", re.MULTILINE)
_BOUND = re.compile(rb"[<>=~@]")


class Outline:
    """Who provides each name in an index, by where its paragraph begins; made in one pass over the text."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self.providers: defaultdict[bytes, list[int]] = defaultdict(list)
        self.companions: list[tuple[int, frozenset[bytes]]] = []
        for match in _LINE.finditer(text):
            letter, value = match.groups()
            if letter == b"P":
                self.providers[value].append(match.start())
            elif letter == b"p":
                for name in _names(value):
                    self.providers[name].append(match.start())
            else:
                self.companions.append((match.start(), frozenset(_names(value))))

    def paragraph(self, at: int) -> tuple[int, bytes]:
        """Return where the paragraph around ``at`` begins, and the paragraph."""
        start = self._text.rfind(b"\n\n", 0, at)
        start = start + 2 if start >= 0 else 0
        end = self._text.find(b"\n\n", at)
        return start, self._text[start : end if end >= 0 else len(self._text)]


def reachable(texts: Iterable[bytes], names: Iterable[str]) -> list[bytes] | None:
    """Return each index's part that requests for ``names`` can lead to; None when a name is nowhere."""
    walk = _Walk([Outline(text) for text in texts])
    asked = [name.encode() for name in names]
    if any(not walk.is_known(name) for name in asked):
        return None
    walk.follow(asked)
    while found := list(walk.arriving()):
        walk.follow(found)
    return walk.parts()


class _Walk:
    def __init__(self, outlines: list[Outline]) -> None:
        self._outlines = outlines
        self._taken: list[dict[int, bytes]] = [{} for _ in outlines]
        self._seen: set[bytes] = set()
        self._here: set[bytes] = set()

    def is_known(self, name: bytes) -> bool:
        return any(name in outline.providers for outline in self._outlines)

    def follow(self, names: Iterable[bytes]) -> None:
        """Take all providers of the names, and of what those need."""
        queue = list(names)
        while queue:
            name = queue.pop()
            if name in self._seen:
                continue
            self._seen.add(name)
            for outline, taken in zip(self._outlines, self._taken, strict=True):
                for at in outline.providers.get(name, ()):
                    queue += self._take(outline, taken, at)

    def _take(self, outline: Outline, taken: dict[int, bytes], at: int) -> Iterator[bytes]:
        start, paragraph = outline.paragraph(at)
        if start in taken:
            return
        taken[start] = paragraph
        for letter, value in _LINE.findall(paragraph):
            if letter in (b"P", b"p"):
                self._here.update(_names(value))
        for value in _NEEDS.findall(paragraph):
            yield from _names(value)

    def arriving(self) -> Iterator[bytes]:
        """Give the names of packages that come by themselves with what is taken."""
        for outline in self._outlines:
            for at, needs in outline.companions:
                if needs <= self._here:
                    _, paragraph = outline.paragraph(at)
                    yield from (v for k, v in _LINE.findall(paragraph) if k == b"P" and v not in self._seen)

    def parts(self) -> list[bytes]:
        return [b"\n\n".join(taken[at] for at in sorted(taken)) for taken in self._taken]


def _names(value: bytes) -> list[bytes]:
    """Return the names in a field, without bounds; those of conflicts are left out."""
    return [_BOUND.split(word, maxsplit=1)[0] for word in value.split() if not word.startswith(b"!")]
