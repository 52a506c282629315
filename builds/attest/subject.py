"""The facts that every document of one release is made of, gathered once by the signer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from builds.engine.lock import Lock, LockedPackage


@dataclass(frozen=True, slots=True)
class Facts:
    """One build's outcome.

    `pieces` are what unpacking told about a package beyond the lock, by (architecture, name): licences,
    supplier, homepage, summary. `spec` is the canonical JSON of what was ordered. Times are UTC.
    """

    name: str
    build: str
    spec: Mapping[str, Any]
    lock: Lock
    pieces: Mapping[tuple[str, str], Mapping[str, Any]]
    tests: Mapping[str, Any]
    origin: Mapping[str, Any]
    started_at: datetime
    reported_at: datetime
    portal: str
    #: What the worker's scan found, as `builds.worker.result` writes it; empty where it did not look.
    scan: Mapping[str, Any] = field(default_factory=dict)

    def packages(self, architectures: tuple[str, ...]) -> list[tuple[str, LockedPackage]]:
        """(architecture, package) of the given architectures, in a fixed order."""
        return [(one, package) for one in architectures for package in self.lock.packages.get(one, ())]


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
