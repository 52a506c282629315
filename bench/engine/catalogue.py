"""The whole starter catalogue: how many bytes it takes, and does each image come out the same twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.engine.workload import ARCHITECTURE, SUITE, fetch
from builds.engine.build import build
from builds.engine.errors import EngineError
from builds.engine.fetch import default_cache
from builds.engine.lock import Lock, LockedPackage
from builds.engine.locking import make_lock
from builds.engine.plan import load_plan
from builds.engine.plan_bytes import report
from builds.engine.planning import MOST_OF_AN_IMAGE
from builds.engine.recipes import load_book
from builds.engine.snapshot import Snapshot
from builds.engine.spec import Spec
from builds.engine.store import Store
from builds.engine.usage import usage_of
from builds.starter.definitions import definitions


@dataclass
class Catalogue:
    """What building all images twice showed. ``images`` are their locked packages, by image and stream."""

    snapshot: Snapshot
    stores: tuple[Store, Store]
    images: dict[str, tuple[LockedPackage, ...]] = field(default_factory=dict)
    same: int = 0
    refused: dict[str, str] = field(default_factory=dict)

    def report(self) -> Mapping[str, float]:
        """What layers of packages keep above each package once; apko's rule gets as many layers as we take."""
        usage = usage_of(
            self.images,
            store=self.stores[0],
            book=load_book(),
            folder=default_cache(),
            form=self.snapshot.form,
        )
        return report(usage.images, load_plan(SUITE), budget=MOST_OF_AN_IMAGE, weigh=usage.weigh)


def survey(snapshot: Snapshot, folder: Path) -> Catalogue:
    """Build every starter image twice, in two stores and with other numbers of threads, and count."""
    found = Catalogue(snapshot, (Store(folder / "one"), Store(folder / "two")))
    for image in definitions().values():
        for stream in image.streams:
            spec = Spec.from_json({**stream.spec, "architectures": [ARCHITECTURE]})
            if spec.suite != SUITE:
                continue
            title = f"{image.name}:{stream.name}"
            try:
                lock = make_lock(spec, snapshot)
                fetch(lock)
                found.same += _is_same_twice(spec, lock, found.stores)
                found.images[title] = lock.packages[ARCHITECTURE]
            except EngineError as error:
                found.refused[title] = str(error)
    return found


def _is_same_twice(spec: Spec, lock: Lock, stores: tuple[Store, Store]) -> bool:
    first = build(spec, lock, stores[0], default_cache(), threads=2)
    second = build(spec, lock, stores[1], default_cache(), threads=1)
    return first.index.digest == second.index.digest
