"""Runs `bench.authorise` with SQLite and PostgreSQL, and starts the server where 100,000 manifests are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from portal.demo import roster
from tests.servers.databases import postgres
from tests.servers.running import ROOT, any_port


def figures(*, is_small: bool) -> dict[str, object]:
    """p50 and p99 of a pull's decision by database, the number of its queries, and seconds to start."""
    size = ["--tenants", "50", "--grants", "50"] if is_small else []
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name:
        place = Path(name)
        environ = _environ(place, f"sqlite:///{place / 'assay.sqlite3'}")
        sqlite = _run(environ, size)
        started = _start(environ)
        with postgres() as url:
            postgresql = _run(_environ(place, url), size)
    return {
        "authorise_p99_ms": sqlite["p99_ms"],
        "authorise_p50_ms": sqlite["p50_ms"],
        "authorise_p99_ms_postgresql": postgresql["p99_ms"],
        "authorise_p50_ms_postgresql": postgresql["p50_ms"],
        "authorise_cpu_p99_ms": sqlite["cpu_p99_ms"],
        "authorise_queries": sqlite["queries"],
        "authorise_grants": sqlite["grants"],
        "start_s_100000_manifests": started,
    }


def _environ(place: Path, database: str) -> dict[str, str]:
    mine = {
        "ASSAY_ROLE": "web",
        "ASSAY_VAR": str(place),
        "DATABASE_URL": database,
        "SECRET_KEY": "a key for benches only",
    }
    return os.environ | mine | {"DJANGO_SETTINGS_MODULE": "portal.settings"}


def _run(environ: dict[str, str], size: list[str]) -> dict[str, float]:
    argv = [sys.executable, "-m", "bench.authorise", *size]
    done = subprocess.run(argv, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _start(environ: dict[str, str]) -> float:
    """Seconds from the command to the first answer that needed the database."""
    port = any_port()
    began = time.monotonic()
    server = subprocess.Popen(
        roster.web(port), cwd=ROOT, env=environ,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").close()
                return round(time.monotonic() - began, 2)
            except urllib.error.HTTPError as error:
                raise RuntimeError(f"/readyz: {error.code}") from error
            except OSError:
                if server.poll() is not None or time.monotonic() > began + 120:
                    raise RuntimeError("the server did not start") from None
                time.sleep(0.02)
    finally:
        server.terminate()
        server.wait(timeout=20)
