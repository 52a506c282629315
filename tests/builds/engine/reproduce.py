"""Build starter images twice, in other conditions the second time, and compare: `make reproduce` does them all.

The second worker is another process with an empty store, one thread, another clock, locale, time zone, umask
and hash seed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from builds.engine.build import build
from builds.engine.built import BuiltImage
from builds.engine.fetch import default_cache
from builds.engine.lock import Lock
from builds.engine.spec import Spec
from builds.engine.store import Store
from builds.starter.definitions import StreamDefinition, definitions
from tests.builds.engine.real import fetched_lock

ROOT = Path(__file__).resolve().parents[3]
ELSEWHERE = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "7", "PYTHONUTF8": "0"}
PROGRAM = """
import json, os, sys, time
os.umask(0)
really = time.time
time.time = lambda: really() + 400 * 86400
time.time_ns = lambda: int(time.time() * 1e9)
from tests.builds.engine.reproduce import build_here, read_order
from pathlib import Path
spec, lock = read_order(sys.stdin.read())
print(json.dumps(build_here(spec, lock, Path(sys.argv[1]), threads=1)))
"""


def digests(image: BuiltImage) -> list[str]:
    return [image.index.digest, *(platform.manifest.digest for platform in image.platforms)]


def build_here(spec: Spec, lock: Lock, store: Path, *, threads: int) -> list[str]:
    return digests(build(spec, lock, Store(store), default_cache(), threads=threads))


def read_order(text: str) -> tuple[Spec, Lock]:
    plain = json.loads(text)
    return Spec.from_json(plain["spec"]), Lock.from_json(plain["lock"])


def build_elsewhere(spec: Spec, lock: Lock, store: Path) -> list[str]:
    """Build in another process that has nothing but the order and the downloaded packages."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(store)],
        input=json.dumps({"spec": spec.to_json(), "lock": lock.to_json()}),
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/nonexistent"), **ELSEWHERE},
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[str] = json.loads(done.stdout)
    return found


def twice(stream: StreamDefinition, store: Path) -> tuple[list[str], list[str]]:
    """Give the digests of both builds: of the index, then of each platform."""
    spec = Spec.from_json(stream.spec)
    lock = fetched_lock(spec)
    with tempfile.TemporaryDirectory(prefix="assay-twice-") as scratch:
        return build_here(spec, lock, store, threads=2), build_elsewhere(spec, lock, Path(scratch))


def _all(names: list[str]) -> Iterator[tuple[str, bool]]:
    with tempfile.TemporaryDirectory(prefix="assay-once-") as kept:
        for name in names or sorted(definitions()):
            for stream in definitions()[name].streams:
                first, second = twice(stream, Path(kept))
                title = f"{name}:{stream.name}"
                print(f"{'same' if first == second else 'DIFFERENT'} {title} {first[0]}", flush=True)
                yield title, first == second


if __name__ == "__main__":
    results = dict(_all(sys.argv[1:]))
    print(f"reproduce: {sum(results.values())} of {len(results)} the same")
    sys.exit(0 if all(results.values()) else 1)
