"""The whole starter catalogue: how many bytes it takes, and does each image come out the same twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from builds.engine.recipes import load_book
from builds.engine.snapshot import Snapshot
from builds.engine.spec import Spec
from builds.engine.store import Store

IMAGES = Path(__file__).resolve().parents[2] / "builds/starter/images"
#: apko's layering at its documented default: one layer for each of the largest origins, the rest together.
ORIGIN_BUDGET = 10


@dataclass
class Catalogue:
    """What the images have in common; sizes are bytes."""

    images: int = 0
    same: int = 0
    layers: dict[str, int] = field(default_factory=dict)
    fragments: dict[str, int] = field(default_factory=dict)
    origin_layers: dict[frozenset[str], int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def over_optimum(self) -> float:
        """Unique bytes of our package layers, over those of one layer a package."""
        return sum(self.layers.values()) / max(1, sum(self.fragments.values()))

    @property
    def origin_over_optimum(self) -> float:
        return sum(self.origin_layers.values()) / max(1, sum(self.fragments.values()))


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
            _count(found, spec, lock, stores)
        except EngineError as error:
            found.refused[path.stem] = str(error)
    return found


def _count(found: Catalogue, spec: Spec, lock: Lock, stores: tuple[Store, Store]) -> None:
    first = build(spec, lock, stores[0], default_cache(), threads=2)
    second = build(spec, lock, stores[1], default_cache(), threads=1)
    found.images += 1
    found.same += first.index.digest == second.index.digest
    for layer in first.platforms[0].layers:
        if layer.kind == "packages":
            found.layers[layer.descriptor.digest] = layer.descriptor.size
    sizes, origins, book = {}, {}, load_book()
    for package in lock.packages[ARCHITECTURE]:
        fragment = find_fragment(stores[0], package, book.recipe(package.name))
        assert fragment is not None
        sizes[package.name], origins[package.name] = fragment.size, package.source
        found.fragments[fragment.key] = fragment.size
    for names in _by_origin(sizes, origins):
        found.origin_layers[names] = sum(sizes[name] for name in names)


def _by_origin(sizes: Mapping[str, int], origins: Mapping[str, str]) -> Iterable[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for name, origin in origins.items():
        groups.setdefault(origin, set()).add(name)
    ordered = sorted(groups.values(), key=lambda names: -sum(sizes[name] for name in names))
    yield from (frozenset(names) for names in ordered[: ORIGIN_BUDGET - 1])
    if rest := ordered[ORIGIN_BUDGET - 1 :]:
        yield frozenset(set().union(*rest))
