"""Content-addressed files below `settings.STORAGE_ROOT`: finished blobs, and uploads under way.

Bytes only. Which repository may serve a blob, and every row about it, is someone else's business.
"""

from __future__ import annotations

import hashlib
import math
import os
import secrets
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import RawIOBase
from pathlib import Path

from django.conf import settings

from registry.digest import Digest

PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of a stream: its digest and size in bytes."""

    digest: Digest
    size: int


def root() -> Path:
    return Path(settings.STORAGE_ROOT)


def new_key(digest: Digest) -> str:
    """A key that was never used: what removes an old file can so never hit a new one of the same digest."""
    return f"blobs/{digest.algorithm}/{digest.hex[:2]}/{digest.hex}.{secrets.token_hex(4)}"


def path_of(storage_key: str) -> Path:
    return root() / storage_key


def upload_path(upload: uuid.UUID) -> Path:
    return root() / "uploads" / str(upload)


def uploads_older_than(moment: datetime) -> list[Path]:
    """Files below the uploads that were last written before `moment`."""
    folder = root() / "uploads"
    found = folder.iterdir() if folder.is_dir() else ()
    return [path for path in found if _written_at(path) < moment.timestamp()]


def keys_older_than(age: timedelta) -> Iterator[str]:
    """Storage keys of finished files that were written longer ago than `age`."""
    moment = datetime.now(tz=UTC) - age
    for path in (root() / "blobs").rglob("*"):
        if path.is_file() and _written_at(path) < moment.timestamp():
            yield path.relative_to(root()).as_posix()


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # its owner is done with it
        return math.inf


def write(chunks: Iterable[bytes], algorithm: str = "sha256") -> tuple[Path, Stored]:
    """Write a stream to a temporary file and hash it on the way; `keep` or `discard` it next."""
    path = upload_path(uuid.uuid4())
    path.parent.mkdir(parents=True, exist_ok=True)
    hasher, size = hashlib.new(algorithm), 0
    try:
        with path.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
                hasher.update(chunk)
                size += len(chunk)
    except BaseException:
        discard(path)
        raise
    return path, Stored(Digest(algorithm, hasher.hexdigest()), size)


def hash_file(path: Path, algorithm: str) -> Stored:
    with path.open("rb") as file:
        hex_digest = hashlib.file_digest(file, algorithm).hexdigest()
    return Stored(Digest(algorithm, hex_digest), path.stat().st_size)


def keep(path: Path, digest: Digest) -> str:
    """Make a fully written file durable; return its new storage key."""
    key = new_key(digest)
    target = path_of(key)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return key


def discard(path: Path) -> None:
    path.unlink(missing_ok=True)


def read(storage_key: str, start: int, length: int) -> Reading:
    """The bytes of a stored file from `start`, in pieces. Raises FileNotFoundError, now and not later."""
    file = path_of(storage_key).open("rb", buffering=0)
    file.seek(start)
    return Reading(file, length)


class Reading(Iterator[bytes]):
    """An open file on its way out: whoever removes it meanwhile does not cut it short."""

    def __init__(self, file: RawIOBase, left: int) -> None:
        self._file, self._left = file, left

    def __next__(self) -> bytes:
        piece = self._file.read(min(PIECE, self._left)) if self._left > 0 else None
        if not piece:
            self.close()
            raise StopIteration
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._left = 0
        self._file.close()
