"""Real packages of the Debian archive, kept between runs where the product keeps them."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from builds.engine.build import build
from builds.engine.built import BuiltImage
from builds.engine.errors import EngineError, SnapshotMissing
from builds.engine.fetch import default_cache, fetch_packages
from builds.engine.lock import Lock
from builds.engine.locking import make_lock
from builds.engine.snapshot import Snapshot, open_current, refresh
from builds.engine.sources.archive import debian_sources
from builds.engine.spec import Spec
from builds.engine.store import Store

IMAGES = Path(__file__).resolve().parents[3] / "builds/starter/images"
SUITE = "trixie"


@lru_cache(maxsize=8)
def snapshot(suite: str = SUITE, architectures: tuple[str, ...] = ("amd64",)) -> Snapshot:
    """The newest index at hand; skips the test where there is none and the archive does not answer."""
    with suppress(SnapshotMissing):
        found = open_current(suite)
        for architecture in architectures:
            found.index(architecture)
        return found
    try:
        return refresh(suite=suite, architectures=architectures)
    except EngineError as error:
        pytest.skip(f"no Debian archive: {error}")


def definition(name: str) -> dict[str, Any]:
    return yaml.safe_load((IMAGES / f"{name}.yaml").read_bytes())


def fetched_lock(spec: Spec) -> Lock:
    """Lock a spec and fetch its packages."""
    lock = make_lock(spec, snapshot(spec.suite, tuple(sorted(spec.architectures))))
    packages = [package for found in lock.packages.values() for package in found]
    try:
        fetch_packages(packages, sources=debian_sources(spec.suite))
    except EngineError as error:
        pytest.skip(f"no Debian archive: {error}")
    return lock


def built(spec: Spec, store: Store, lock: Lock | None = None) -> BuiltImage:
    return build(spec, lock or fetched_lock(spec), store, default_cache())
