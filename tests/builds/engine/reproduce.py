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
from dataclasses import dataclass
from pathlib import Path

from builds.engine.build import build
from builds.engine.built import BuiltImage
from builds.engine.compare import differences
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


@dataclass(frozen=True)
class Twice:
    """The digests of both builds, of the index, then of each platform; where they differ, in what."""

    first: list[str]
    second: list[str]
    differences: list[str]


def twice(stream: StreamDefinition, store: Path) -> Twice:
    spec = Spec.from_json(stream.spec)
    lock = fetched_lock(spec)
    with tempfile.TemporaryDirectory(prefix="assay-twice-") as scratch:
        first, second = build_here(spec, lock, store, threads=2), build_elsewhere(spec, lock, Path(scratch))
        return Twice(first, second, differences(Store(store), first[0], Store(Path(scratch)), second[0]))


def _all(names: list[str]) -> Iterator[bool]:
    with tempfile.TemporaryDirectory(prefix="assay-once-") as kept:
        for name in names or sorted(definitions()):
            for stream in definitions()[name].streams:
                made = twice(stream, Path(kept))
                is_same = made.first == made.second
                print(
                    f"{'same' if is_same else 'DIFFERENT'} {name}:{stream.name} {made.first[0]}", flush=True
                )
                for sentence in made.differences:
                    print(f"    {sentence}", flush=True)
                yield is_same


if __name__ == "__main__":
    results = list(_all(sys.argv[1:]))
    print(f"reproduce: {sum(results)} of {len(results)} the same")
    sys.exit(0 if all(results) else 1)
