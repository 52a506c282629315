"""Uploads under way: one file each, below `settings.STORAGE_ROOT`, whatever store finished blobs go to.

A chunk may be one byte long and may be sent again after a fault, which no object store takes; and what turns
out to have another digest never reaches the store. Web processes on several machines share this directory.
Not in charge of rows: see `registry.uploads`.
"""

from __future__ import annotations

import fcntl
import hashlib
import math
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import FileIO
from pathlib import Path

from django.conf import settings

from registry.digest import Digest
from registry.storage.store import NotStored, Stored


class Busy(Exception):
    """Somebody else writes this file."""


def folder() -> Path:
    return Path(settings.STORAGE_ROOT) / "uploads"


def path_of(upload: uuid.UUID) -> Path:
    return folder() / str(upload)


def create(upload: uuid.UUID) -> None:
    path = path_of(upload)
    try:
        path.touch(exist_ok=False)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(exist_ok=False)


def size_of(upload: uuid.UUID) -> int:
    """Bytes received, whatever became of the process that received them. Raises NotStored."""
    try:
        return path_of(upload).stat().st_size
    except FileNotFoundError as error:
        raise NotStored(str(upload)) from error


@contextmanager
def writing(upload: uuid.UUID) -> Iterator[FileIO]:
    """The file, at its end, for one writer at a time. Raises NotStored, Busy."""
    path = path_of(upload)
    try:
        file = path.open("r+b", buffering=0)
    except FileNotFoundError as error:
        raise NotStored(str(upload)) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy from error
        file.seek(0, 2)
        yield file


def is_kept(file: FileIO) -> bool:
    """Whether the store has this very file under another name, so that whoever wrote to it would damage a blob."""
    return os.fstat(file.fileno()).st_nlink > 1


def write(chunks: Iterable[bytes], algorithm: str = "sha256") -> tuple[Path, Stored]:
    """Write a whole stream to a file of its own and hash it on the way; `discard` it when done."""
    path = path_of(uuid.uuid4())
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb", buffering=0) as file:
            stored = append(file, chunks, algorithm)
    except BaseException:
        discard(path)
        raise
    return path, stored


def append(file: FileIO, chunks: Iterable[bytes], algorithm: str = "sha256") -> Stored:
    """Write a stream where `file` stands; the digest and size are those of the stream."""
    hasher, size = hashlib.new(algorithm), 0
    for chunk in chunks:
        left = memoryview(chunk)
        while left:  # a disk that fills up takes a part
            left = left[file.write(left) :]
        hasher.update(chunk)
        size += len(chunk)
    return Stored(Digest(algorithm, hasher.hexdigest()), size)


def hash_file(path: Path, algorithm: str) -> Stored:
    with path.open("rb") as file:
        hex_digest = hashlib.file_digest(file, algorithm).hexdigest()
        return Stored(Digest(algorithm, hex_digest), file.tell())


def discard(path: Path) -> None:
    path.unlink(missing_ok=True)


def older_than(moment: datetime) -> list[Path]:
    """Files that were last written before `moment`."""
    found = folder().iterdir() if folder().is_dir() else ()
    return [path for path in found if _written_at(path) < moment.timestamp()]


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # its owner is done with it
        return math.inf
