"""Our side: resolve, cold, warm, memoised, delta; each from a state that is prepared before the clock runs."""

from __future__ import annotations

import random
import resource
import shutil
import statistics
import time
from contextlib import suppress
from pathlib import Path

from bench.engine.workload import ADDED, ARCHITECTURE, Workload
from builds.engine.build import build
from builds.engine.built import BuiltImage
from builds.engine.errors import EngineError
from builds.engine.lock import Lock
from builds.engine.resolve import resolve
from builds.engine.spec import Spec
from builds.engine.store import Store
from tests.builds.engine.requests import REQUESTS


class Ours:
    """One worker: a store that lives from order to order."""

    def __init__(self, work: Workload, folder: Path) -> None:
        self.work, self.folder = work, folder
        self.kept = Store(folder / "kept")
        self.base = self._build(work.spec, work.lock, self.kept)
        manifest = self.base.platforms[0].manifest.digest
        self.golden = work.golden(manifest, self.base.index.digest, packages=ADDED)
        self.golden_lock = work.locked(self.golden)
        self._build(self.golden, self.golden_lock, self.kept)
        self._marks = 0

    def cold(self) -> float:
        """Seconds from an empty store to the index's digest; packages are local."""
        return self._fresh(self.work.spec, self.work.lock)

    def warm(self) -> float:
        """Seconds with each package known, and no layer."""
        self._forget_layers()
        return self._timed(self.work.spec, self.work.lock, self.kept)

    def memoised(self) -> float:
        """Seconds to a new manifest when every shared layer is known; solving included."""
        self._marks += 1
        began = time.perf_counter()
        manifest = self.base.platforms[0].manifest.digest
        spec = self.work.golden(manifest, self.base.index.digest, mark=f"{self._marks} {began}")
        lock = self.work.relock(spec)
        self._build(spec, lock, self.kept)
        return time.perf_counter() - began

    def delta(self) -> float:
        """Seconds to add packages upon a base: each known, as after the background ingest; its layer is not."""
        self._forget_layers(but=self.base)
        return self._timed(self.golden, self.golden_lock, self.kept)

    def delta_cold(self) -> float:
        """The same when none of the added packages was ever opened."""
        store = Store(self.folder / "delta")
        shutil.rmtree(store.root, ignore_errors=True)
        self._build(self.work.spec, self.work.lock, store)
        return self._timed(self.golden, self.golden_lock, store)

    def resolve_p95_ms(self) -> float:
        """The 95th percentile of a warm index, in milliseconds, over real requests and pairs of them."""
        chance = random.Random(1)
        pairs = [
            f"{one} {other}"
            for one, other in zip(REQUESTS, chance.sample(REQUESTS, len(REQUESTS)), strict=True)
        ]
        taken = []
        for request in [*REQUESTS, *pairs]:
            words = list(dict.fromkeys(request.split()))
            for _ in range(2):  # the first warms what a running process keeps
                began = time.perf_counter()
                with suppress(EngineError):  # two servers of one kind may conflict; that takes time, too
                    resolve(self.work.snapshot, architecture=ARCHITECTURE, packages=words)
                last = time.perf_counter() - began
            taken.append(last)
        return statistics.quantiles(taken, n=20)[-1] * 1000

    @property
    def megabytes(self) -> float:
        """Content of the first image, before compression."""
        return sum(layer.raw_size for layer in self.base.platforms[0].layers) / 1e6

    @property
    def packed_megabytes(self) -> float:
        return self.base.platforms[0].size / 1e6

    def _fresh(self, spec: Spec, lock: Lock) -> float:
        store = Store(self.folder / "cold")
        shutil.rmtree(store.root, ignore_errors=True)
        return self._timed(spec, lock, store)

    def _forget_layers(self, but: BuiltImage | None = None) -> None:
        kept = {layer.descriptor.digest for layer in but.platforms[0].layers} if but else set()
        shutil.rmtree(self.kept.root / "layers", ignore_errors=True)
        for file in (self.kept.root / "blobs/sha256").iterdir():
            if file.stat().st_size > 1 << 16 and f"sha256:{file.name}" not in kept:
                file.unlink()

    def _timed(self, spec: Spec, lock: Lock, store: Store) -> float:
        began = time.perf_counter()
        self._build(spec, lock, store)
        return time.perf_counter() - began

    def _build(self, spec: Spec, lock: Lock, store: Store) -> BuiltImage:
        return build(spec, lock, store, self.work.cache, threads=2)


def peak_rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
