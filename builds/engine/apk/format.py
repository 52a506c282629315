"""Apk packages and repositories, as the engine asks any format for them (``builds.engine.formats``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from builds.engine.apk import reach
from builds.engine.apk.archive import ApkIndex, fetch_index
from builds.engine.apk.index import read_index
from builds.engine.apk.package import open_package
from builds.engine.apk.pieces import added_files, database, record, sbom_piece
from builds.engine.apk.relation import parse_field
from builds.engine.apk.source import ApkSource
from builds.engine.apk.system import SKELETON, os_files
from builds.engine.apk.version import is_version, version_key
from builds.engine.formats import Held, PackageFacts
from builds.engine.snapshot.facts import Fact
from builds.engine.sources.transport import Transport

__all__ = [
    "KEEPS_OLD", "NAME", "ONE_PROVIDER", "SKELETON", "added_files", "database", "is_version", "open_package",
    "os_files", "packages", "parse_field", "preference", "reachable", "read_indexes", "record", "sbom_piece", "spell",
    "version_key",
]  # fmt: skip

NAME = "apk"
KEEPS_OLD = True
ONE_PROVIDER = True


def spell(name: str, operator: str, version: str) -> str:
    """Write a relation as apk's indexes do."""
    return f"{name}{operator}{version}"


def preference(fact: Fact, name: str) -> tuple[Any, ...]:
    """The package of that name, then by provider priority, the highest first, then by name."""
    return (fact.name != name, -int(fact.priority or 0), fact.name, fact.id)


def read_indexes(
    sources: Sequence[ApkSource],
    architectures: Sequence[str],
    held: Mapping[str, Held],
    transport: Transport,
) -> Sequence[ApkIndex]:
    """Fetch and verify the index of each architecture of each source."""
    wanted = [(source, architecture) for source in sources for architecture in architectures]
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(lambda pair: fetch_index(pair[0], pair[1], transport, held), wanted))


def packages(index: ApkIndex, architecture: str, transport: Transport) -> Iterator[PackageFacts]:
    """Read the index if it is of that architecture."""
    return index.packages() if index.architecture == architecture else iter(())


def reachable(
    indexes: Sequence[ApkIndex], architecture: str, names: Sequence[str]
) -> Iterable[tuple[str, PackageFacts]] | None:
    """Read only what requests for ``names`` can lead to; None when a name is in no index."""
    ours = [index for index in indexes if index.architecture == architecture]
    parts = reach.reachable([index.text for index in ours], names)
    if parts is None:
        return None
    return (
        (index.origin, facts)
        for index, part in zip(ours, parts, strict=True)
        for facts in read_index(part, index.part)
    )
