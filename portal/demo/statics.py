"""Collecting the static files, once for each state of their sources."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

from builds.engine.errors import DiskFull


class StaticsFailed(RuntimeError):
    """`collectstatic` refused; the message is what it said."""

    code = "statics_failed"


def begin(place: Path) -> subprocess.Popen[str] | None:
    """Start collecting when a source has changed since the last time."""
    if _stamp(place).is_file() and _stamp(place).read_text() == sources_digest():
        return None
    return subprocess.Popen(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear", "-v0"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "ASSAY_ROLE": "web", "ASSAY_VAR": str(place)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(collecting: subprocess.Popen[str] | None, place: Path) -> None:
    """Wait for what `begin` started. Raises StaticsFailed, DiskFull."""
    if collecting is None:
        return
    said, _ = collecting.communicate()
    if os.strerror(errno.ENOSPC) in said:
        raise DiskFull(path=place)
    if collecting.returncode != 0:
        raise StaticsFailed(said.strip())
    _stamp(place).write_text(sources_digest())


def abandon(collecting: subprocess.Popen[str] | None) -> None:
    """End what `begin` started if it still runs, because nobody waits for it any more."""
    if collecting is not None and collecting.poll() is None:
        collecting.kill()
        collecting.wait()


def sources_digest() -> str:
    """A digest of names, sizes and times of every source file."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _stamp(place: Path) -> Path:
    return place / "static" / ".sources"
