"""The whole starter catalogue: how many bytes it takes, and does each image come out the same twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from bench.engine.workload import ARCHITECTURE, SUITE, fetch
from builds.engine.build import build
from builds.engine.errors import EngineError
from builds.engine.fetch import default_cache
from builds.engine.fragments import find_fragment
from builds.engine.lock import Lock
from builds.engine.locking import make_lock
from builds.engine.plan import load_plan
from builds.engine.plan_bytes import report
from builds.engine.planning import Used
from builds.engine.recipes import load_book
from builds.engine.snapshot import Snapshot
from builds.engine.spec import Spec
from builds.engine.store import Store

IMAGES = Path(__file__).resolve().parents[2] / "builds/starter/images"
#: The layers that apko gives an image's largest origins; the rest of its packages come together.
ORIGIN_BUDGET = 10


@dataclass
class Catalogue:
    """What building all images twice showed. ``layers`` maps the digest of a layer of packages to its bytes."""

    images: dict[str, list[Used]] = field(default_factory=dict)
    same: int = 0
    layers: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def report(self) -> Mapping[str, float]:
        """Shares above one layer a package, by the bytes of packages as our layers hold them."""
        found = dict(report(self.images, load_plan(SUITE), budget=ORIGIN_BUDGET))
        found["layers_over_optimum"] = sum(self.layers.values()) / found["optimum_bytes"] - 1
        return found


def survey(snapshot: Snapshot, folder: Path) -> Catalogue:
    """Build every starter image twice, in two stores and with other numbers of threads, and count."""
    found = Catalogue()
    stores = Store(folder / "one"), Store(folder / "two")
    for path in sorted(IMAGES.glob("*.yaml")):
        spec = Spec.from_json({**yaml.safe_load(path.read_bytes())["spec"], "architectures": [ARCHITECTURE]})
        if spec.suite != SUITE:
            continue
        try:
            lock = make_lock(spec, snapshot)
            fetch(lock)
            _count(found, path.stem, spec, lock, stores)
        except EngineError as error:
            found.refused[path.stem] = str(error)
    return found


def _count(found: Catalogue, name: str, spec: Spec, lock: Lock, stores: tuple[Store, Store]) -> None:
    first = build(spec, lock, stores[0], default_cache(), threads=2)
    second = build(spec, lock, stores[1], default_cache(), threads=1)
    found.same += first.index.digest == second.index.digest
    for layer in first.platforms[0].layers:
        if layer.kind == "packages":
            found.layers[layer.descriptor.digest] = layer.descriptor.size
    book = load_book()
    found.images[name] = [
        Used(package.name, package.version, package.source, fragment.size)
        for package in lock.packages[ARCHITECTURE]
        if (fragment := find_fragment(stores[0], package, book.recipe(package.name))) is not None
    ]
