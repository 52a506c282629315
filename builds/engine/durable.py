"""Writes that survive a crash: a name either has the whole content or is absent.

Directories and files are written under a temporary name beside the final one,
synced, and renamed. Not in charge of what they hold.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from builds.engine.errors import DiskFull


@contextmanager
def disk_full_named(path: Path) -> Iterator[None]:
    """Turn "no space left" and "quota exceeded" into ``DiskFull``."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull(path=path) from error
        raise


def write_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step; raise ``DiskFull``."""
    with disk_full_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync_directory(path.parent)


@contextmanager
def new_directory(path: Path) -> Iterator[Path]:
    """Give a scratch directory that becomes ``path`` if the block succeeds.

    Where another process was first, its directory stays and ours is dropped.
    """
    with disk_full_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=path.parent))
        try:
            yield scratch
            scratch.chmod(0o755)
            for file in scratch.iterdir():
                _sync(file)
            sync_directory(scratch)
            if not path.is_dir():
                try:
                    scratch.rename(path)
                except OSError as error:
                    if error.errno not in {errno.EEXIST, errno.ENOTEMPTY}:
                        raise
            sync_directory(path.parent)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _sync(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def hash_file(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_directory(path: Path) -> None:
    """Make renames within a directory last."""
    _sync(path)
