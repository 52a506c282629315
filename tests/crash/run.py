"""The long form of the crash tests; see `make crash`.

    python -m tests.crash.run [--seconds N]

First: pushes, publishing, deleting and collection are killed at every step, on SQLite and PostgreSQL, with files
and with an object store, and what is left is looked at after collection. Then: clients push, mount, move tags,
delete and pull from a real server while collection runs again and again without any grace. The last line says
how much was done and how much was found.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crash.race import race
from tests.servers.databases import postgres
from tests.servers.objects import object_server


@dataclass(frozen=True, slots=True)
class Place:
    """A database and a store."""

    name: str
    folder: Path
    database: str
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def on_sqlite(cls, folder: Path, **environ: str) -> Place:
        return cls("SQLite", folder, f"sqlite:///{folder / 'assay.sqlite3'}", environ)


def kill_everywhere(place: Place, *, every: int = 1) -> dict[str, Any]:
    """How many `kills` there were, and what was `found`."""
    place.folder.mkdir(parents=True, exist_ok=True)
    environ = {
        **os.environ,
        "ASSAY_VAR": str(place.folder),
        "SECRET_KEY": "a key for tests only",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "LOG_LEVEL": "CRITICAL",
        **place.environ,
    }
    words = [sys.executable, "-m", "tests.crash.points", place.database, str(every)]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def places(scratch: Path, stack: ExitStack) -> Iterator[Place]:
    url = stack.enter_context(postgres())
    bucket = stack.enter_context(object_server(scratch / "objects.log"))
    yield Place.on_sqlite(scratch / "sqlite")
    yield Place("PostgreSQL", scratch / "files", url)
    objects = Place.on_sqlite(scratch / "objects", **bucket.environ)
    yield Place("SQLite, S3", objects.folder, objects.database, objects.environ)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="of racing on each database")
    told = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("crash: stopped"))  # servers end with their contexts
    kills, requests, found = 0, 0, []
    with tempfile.TemporaryDirectory(prefix="assay-crash-") as name, ExitStack() as stack:
        scratch = Path(name)
        for place in places(scratch, stack):
            done = kill_everywhere(place)
            kills += done["kills"]
            found += [f"{place.name}: {one}" for one in done["found"]]
            print(f"{place.name}: {done['kills']} kills, {len(done['found'])} findings", flush=True)
        for label, url in (("SQLite", ""), ("PostgreSQL", stack.enter_context(postgres()))):
            raced = race(url, seconds=told.seconds)
            requests += raced.requests
            found += [f"{label}: {one}" for one in raced.found]
            print(f"{label}: {raced}", flush=True)
    for one in found:
        print(one)
    print(f"crash: {kills} kills, {requests} requests against collection, {len(found)} findings")
    return int(bool(found) or not kills or not requests)


if __name__ == "__main__":
    sys.exit(main())
