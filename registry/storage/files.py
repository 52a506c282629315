"""Finished blobs as files below one directory. Not in charge of files that are still written: see the spool."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import RawIOBase
from pathlib import Path

from registry.digest import Digest
from registry.storage.store import PIECE, NotStored, Store, new_key


class Files(Store):
    """A key is a link, given to rows when the bytes and the link are on the disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        return self.root / key

    def keep(self, path: Path, digest: Digest) -> str:
        key = new_key(digest)
        target = self.path(key)
        _make_folder(target.parent)
        with path.open("rb") as file:
            os.utime(file.fileno())  # its age counts from now, not from when its last byte came
            target.hardlink_to(path)
            # After the link: a journal that carries both is written once, and the folder's own sync finds it done.
            os.fsync(file.fileno())
        _sync(target.parent)
        return key

    def size(self, key: str) -> int | None:
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, key: str, size: int, start: int = 0, length: int | None = None) -> FileReading:
        try:
            file = self.path(key).open("rb", buffering=0)
        except FileNotFoundError as error:
            raise NotStored(key) from error
        if os.fstat(file.fileno()).st_size != size:
            file.close()
            raise NotStored(key)
        file.seek(start)
        return FileReading(file, size - start if length is None else length)

    def remove(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def keys_older_than(self, age: timedelta) -> Iterator[str]:
        moment = (datetime.now(tz=UTC) - age).timestamp()
        for folder, _, names in os.walk(self.root / "blobs"):
            for path in (Path(folder) / name for name in names):
                try:
                    is_old = path.stat().st_mtime < moment
                except FileNotFoundError:  # its owner is done with it
                    continue
                if is_old:
                    yield path.relative_to(self.root).as_posix()


class FileReading(Iterator[bytes]):
    """An open file from where it stands, `left` bytes long."""

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


def _make_folder(folder: Path) -> None:
    """As mkdir with parents, and each new name is on the disk before anything is put below it."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
