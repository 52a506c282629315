"""What every store of finished blobs does. A key names bytes that never change; it is used once."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from registry.digest import Digest

#: Bytes that are read, and sent, at a time.
PIECE = 256 * 1024


class NotStored(Exception):
    """There are no bytes under this key."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of a stream: its digest and size in bytes."""

    digest: Digest
    size: int


class Reading(Protocol):
    """Bytes on their way out: whoever removes them meanwhile does not cut them short."""

    def __iter__(self) -> Iterator[bytes]: ...

    def __next__(self) -> bytes: ...

    def close(self) -> None: ...


class Store(ABC):
    """Every method raises StoreUnavailable when the store cannot be asked."""

    @abstractmethod
    def keep(self, path: Path, digest: Digest) -> str:
        """Make a copy of a fully written file durable; return its new key. The file stays the caller's."""

    @abstractmethod
    def size(self, key: str) -> int | None:
        """In bytes; None when nothing is stored under this key."""

    @abstractmethod
    def read(self, key: str, size: int, start: int = 0, length: int | None = None) -> Reading:
        """`length` bytes from `start`, to the end for None, in pieces.

        Raises NotStored, now and not later, when there are not `size` bytes in all: what was cut short is
        never sent.
        """

    @abstractmethod
    def remove(self, key: str) -> None:
        """Let go of the bytes; of a key that has none, too."""

    @abstractmethod
    def keys_older_than(self, age: timedelta) -> Iterator[str]:
        """Keys whose bytes were stored longer ago than `age`."""


def new_key(digest: Digest) -> str:
    """A key that was never used: what removes an old file can so never hit a new one of the same digest."""
    return f"blobs/{digest.algorithm}/{digest.hex[:2]}/{digest.hex}.{secrets.token_hex(4)}"
