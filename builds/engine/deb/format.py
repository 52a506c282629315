"""Debian's packages and archives, as the engine asks any format for them (``builds.engine.formats``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from builds.engine.contents import Contents
from builds.engine.deb.index import read_packages
from builds.engine.deb.package import DebPackage
from builds.engine.deb.package import open_package as open_deb
from builds.engine.deb.pieces import sbom_piece, status_entries
from builds.engine.deb.relation import parse_field
from builds.engine.deb.system import SKELETON, os_files
from builds.engine.deb.version import is_version, version_key
from builds.engine.formats import Held, PackageFacts
from builds.engine.lock import LockedPackage
from builds.engine.snapshot.facts import Fact
from builds.engine.sources.archive import Source
from builds.engine.sources.current import current_releases
from builds.engine.sources.packages import fetch_packages
from builds.engine.sources.release import Release
from builds.engine.sources.transport import Transport

__all__ = [
    "KEEPS_OLD", "NAME", "ONE_PROVIDER", "SKELETON", "added_files", "database", "is_version", "open_package",
    "os_files", "packages", "parse_field", "preference", "reachable", "read_indexes", "record", "sbom_piece", "spell",
    "version_key",
]  # fmt: skip

NAME = "deb"
KEEPS_OLD = False
ONE_PROVIDER = False
_PRIORITIES = {
    name: place for place, name in enumerate(("required", "important", "standard", "optional", "extra"))
}
_OPERATORS = {"<": "<<", ">": ">>"}

added_files = status_entries


def spell(name: str, operator: str, version: str) -> str:
    """Write a relation as Debian's control files do."""
    return f"{name} ({_OPERATORS.get(operator, operator)} {version})".lstrip()


def preference(fact: Fact, name: str) -> tuple[Any, ...]:
    """The package of that name, then essential ones, then by priority, then by place in the index."""
    return (fact.name != name, not fact.essential, _PRIORITIES.get(fact.priority, 9), fact.id)


def read_indexes(
    sources: Sequence[Source], architectures: Sequence[str], held: Mapping[str, Held], transport: Transport
) -> Sequence[Release]:
    """Fetch and verify the signed releases; each is of all architectures."""
    return current_releases(sources, held, transport)


def packages(index: Release, architecture: str, transport: Transport) -> Iterator[PackageFacts]:
    """Fetch, check and read the release's index of one architecture."""
    return read_packages(fetch_packages(index, architecture, transport))


def reachable(indexes: Sequence[Release], architecture: str, names: Sequence[str]) -> None:
    """Nothing short of all: a snapshot of Debian is read once and asked by many."""


def open_package(path: Path, package: LockedPackage) -> AbstractContextManager[DebPackage]:
    return open_deb(path, sha256=package.sha256, installed_size=package.installed_size)


def record(opened: DebPackage, contents: Contents, package: LockedPackage) -> str:
    """Nothing: each package has a file of its own below ``status.d``."""
    return ""


def database(records: Mapping[str, str], *, requested: Iterable[str], architecture: str) -> dict[str, bytes]:
    """Nothing, for the same reason."""
    return {}
