"""Why each package of a resolution is there: the way to it from what was asked for."""

from __future__ import annotations

from collections.abc import Iterable

from builds.engine.lock import LockedPackage


def chains(packages: Iterable[LockedPackage]) -> dict[str, list[str]]:
    """Give for each package the names from a requested or inherited one down to itself."""
    because = {package.name: package.because for package in packages}
    return {name: _chain(name, because) for name in because}


def _chain(name: str, because: dict[str, str]) -> list[str]:
    way = [name]
    while (above := because.get(way[0], "")) and above not in way:
        way.insert(0, above)
    return way
