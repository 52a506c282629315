"""PostgreSQL and Redis of a test's own: in a temporary folder, on loopback, ended by their process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.running import any_port

PATIENCE = 30


def _postgres_program(name: str) -> str:
    """The newest installed one; Debian keeps servers out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    if not found:
        pytest.skip("PostgreSQL is not installed; see make setup-test")
    return str(found[-1])


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []


@contextmanager
def postgres() -> Iterator[str]:
    """Run a server with one empty database of an ordinary role; give its URL. The superuser is `postgres`."""
    initdb, server = _postgres_program("initdb"), _postgres_program("postgres")
    port = any_port()
    # Not below pytest's own folders: each run of pytest closes those to the server's user again.
    with tempfile.TemporaryDirectory(prefix="assay-postgres-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        who = ["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        # It sorts words as people do: what needs byte order has to say so.
        who += ["--locale-provider=icu", "--icu-locale=en-US"]
        subprocess.run(
            [*_as_postgres(), initdb, f"--pgdata={folder}/data", *who],
            check=True,
            capture_output=True,
            cwd="/",
        )
        options = ["-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        process = subprocess.Popen(
            [*_as_postgres(), server, "-D", f"{folder}/data", *options],
            cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _await_postgres(port)
            yield f"postgresql://assay@127.0.0.1:{port}/assay"
        finally:
            process.send_signal(
                signal.SIGINT
            )  # "fast": does not wait for a pool to let go of its connections
            process.wait(PATIENCE)


def _await_postgres(port: int) -> None:
    """Wait until it answers, and make the role and database as docs/operations.md says."""
    import psycopg

    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection = psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            with connection:
                connection.execute("CREATE ROLE assay LOGIN CREATEDB")
                connection.execute("CREATE DATABASE assay OWNER assay")
            return


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Run a server that keeps nothing; give its URL."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed; see make setup-test")
    folder.mkdir(parents=True, exist_ok=True)
    port = any_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(PATIENCE)
