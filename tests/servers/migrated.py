"""SQLite with all migrations applied: made once in a run of tests and copied from then on, as it takes seconds each time."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDER = "ASSAY_TESTS_MIGRATED"


@contextmanager
def shared() -> Iterator[None]:
    """Within the block, processes that are started share one."""
    with tempfile.TemporaryDirectory(prefix="assay-migrated-") as folder:
        os.environ[_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_FOLDER]


def fill(path: Path, migrate: Callable[[str], object]) -> None:
    """Make `path` such a database; `migrate` takes the URL of one that is empty."""
    folder = os.environ.get(_FOLDER)
    if folder is None:
        migrate(f"sqlite:///{path}")
        return
    kept = Path(folder) / "kept.sqlite3"
    with (Path(folder) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            fresh = kept.with_name("fresh.sqlite3")
            migrate(f"sqlite:///{fresh}")
            fresh.rename(kept)
    shutil.copyfile(kept, path)
