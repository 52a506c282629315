"""Integer ranks for versions, so that a foreign comparator orders them rightly.

The solver compares as rpm does. It is given, per package name, the rank of
each version that occurs anywhere: in packages, in what they provide, and in
every bound, those of Breaks and Conflicts too. Known versions have even ranks;
a version that no index mentions falls on the odd rank between its neighbours.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

VersionKey = Callable[[str], bytes]


class Ranks:
    """The ranks of all versions of all names; filled once, then read."""

    def __init__(self, version_key: VersionKey) -> None:
        self._key = version_key
        self._versions: dict[str, set[str]] = {}
        self._ranks: dict[str, dict[str, int]] = {}

    def add(self, name: str, version: str) -> None:
        self._versions.setdefault(name, set()).add(version)

    def settle(self) -> None:
        """Order what was added. Versions that are equal share a rank."""
        for name, versions in self._versions.items():
            keys = {version: self._key(version) for version in versions}
            order = {key: 2 * (place + 1) for place, key in enumerate(sorted(set(keys.values())))}
            self._ranks[name] = {version: order[key] for version, key in keys.items()}

    def of(self, name: str, version: str) -> int:
        return self._ranks[name][version]

    def rows(self) -> Iterator[tuple[str, str, int]]:
        for name in sorted(self._ranks):
            for version, rank in sorted(self._ranks[name].items()):
                yield name, version, rank


def rank_between(version: str, known: Iterable[tuple[str, int]], version_key: VersionKey) -> int:
    """Give the rank of a version among the known (version, rank) of its name."""
    ordered = sorted((version_key(text), rank) for text, rank in known)
    key = version_key(version)
    place = bisect_left(ordered, (key,))
    if place < len(ordered) and ordered[place][0] == key:
        return ordered[place][1]
    return ordered[place - 1][1] + 1 if place else 1
