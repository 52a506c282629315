"""The engine's directory of results: blobs by digest, fragments by key, remembered answers by key.

Everything is written to a temporary name and renamed, so a killed worker leaves no half file behind.
Nothing here decides what a key means; all of it may be deleted at any time and is made again.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from builds.engine.canonical import canonical_json
from builds.engine.errors import DiskFull

ENOSPC = (28, 122)  # no space left, quota exceeded


@dataclass(frozen=True, slots=True)
class Store:
    """A store below ``root``; several processes may share it."""

    root: Path

    def blob_path(self, digest: str) -> Path:
        """Return where the blob of a ``sha256:…`` digest lies, or would lie."""
        algorithm, _, hexadecimal = digest.partition(":")
        return self.root / "blobs" / algorithm / hexadecimal

    def has_blob(self, digest: str, size: int | None = None) -> bool:
        """Tell whether a blob is here, with the size expected of it."""
        try:
            found = self.blob_path(digest).stat().st_size
        except FileNotFoundError:
            return False
        return size is None or found == size

    def read_blob(self, digest: str) -> bytes:
        return self.blob_path(digest).read_bytes()

    def put_blob(self, data: bytes) -> str:
        """Store small bytes, return their digest."""
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        if not self.has_blob(digest, len(data)):
            with self.writing(self.blob_path(digest), durable=True) as file:
                file.write(data)
        return digest

    @contextmanager
    def writing(self, target: Path, *, durable: bool = False) -> Iterator[BinaryIO]:
        """Open a temporary file that becomes ``target`` when the block ends without an exception.

        :param durable: also wait until the bytes are on the disk
        :raises DiskFull: when no space is left
        """
        with self.scratch() as file:
            yield file
            self.keep(file, target, durable=durable)

    @contextmanager
    def scratch(self) -> Iterator[BinaryIO]:
        """Open a temporary file for ``keep``; it is gone at the end of the block if nobody kept it.

        :raises DiskFull: when no space is left
        """
        folder = self.root / "tmp"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as made:
            name = Path(made.name)
        try:
            with name.open("w+b") as file:
                yield file
        except OSError as error:
            if error.errno in ENOSPC:
                raise DiskFull(path=str(self.root)) from error
            raise
        finally:
            name.unlink(missing_ok=True)

    def keep(self, file: BinaryIO, target: Path, *, durable: bool = False) -> None:
        """Give a scratch file its final name."""
        file.flush()
        os.fchmod(file.fileno(), 0o644)
        if durable:
            os.fsync(file.fileno())
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(file.name).replace(target)

    def fragment_paths(self, key: str) -> tuple[Path, Path]:
        """Return where a fragment's facts and its compressed member lie."""
        folder = self.root / "fragments" / key[:2]
        return folder / f"{key}.json", folder / f"{key}.gz"

    def recall(self, kind: str, key: str) -> dict[str, Any] | None:
        """Return a remembered answer, or None; a damaged one counts as forgotten."""
        try:
            answer = json.loads((self.root / kind / key[:2] / f"{key}.json").read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return answer if isinstance(answer, dict) else None

    def remember(self, kind: str, key: str, answer: Mapping[str, Any]) -> None:
        """Remember an answer under a key that says everything it depends on."""
        with self.writing(self.root / kind / key[:2] / f"{key}.json") as file:
            file.write(canonical_json(answer))
