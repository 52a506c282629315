"""Reads files of an archive over HTTP or from a folder: streamed, bounded, with deadlines.

Retries what may pass by itself, with growing pauses. Not in charge of
verifying what arrives; ``release`` and ``fetch`` are.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import unquote, urlsplit

import httpx2

from builds.engine.errors import ArchiveTooLarge, ArchiveUnreachable
from builds.engine.formats import Source

_PIECE = 1 << 17
_MAY_PASS = {408, 425, 429, 500, 502, 503, 504}
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: seconds to connect, per read, for a whole file."""

    connect: float = 10.0
    read: float = 20.0
    whole: float = 900.0
    tries: int = 4
    pause: float = 0.5


class Interrupted(Exception):
    """The connection ended early; ``got`` bytes had arrived."""

    def __init__(self, got: int, reason: str) -> None:
        super().__init__(reason)
        self.got = got


class Transport:
    """A pooled client for archives; safe to share between threads."""

    def __init__(self, patience: Patience | None = None) -> None:
        self.patience = patience or Patience()
        self._client = httpx2.Client(
            timeout=httpx2.Timeout(self.patience.read, connect=self.patience.connect),
            follow_redirects=True,
            max_redirects=5,
            headers={"User-Agent": "assay-engine", "Accept-Encoding": "identity"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def read(self, source: Source, path: str, *, limit: int) -> bytes:
        """Read a whole file of at most ``limit`` bytes.

        Raises ``ArchiveUnreachable`` after the last try, ``ArchiveTooLarge``.
        """

        def collect() -> bytes:
            with self.stream(source, path, limit=limit) as pieces:
                return b"".join(pieces)

        return self.retry(source, path, collect)

    def read_start(self, source: Source, path: str, *, size: int) -> bytes:
        """Read the first ``size`` bytes of a file, or all of a shorter one.

        Asks for that range, and hangs up early where the archive sends more.
        Raises ``ArchiveUnreachable`` after the last try.
        """

        def collect() -> bytes:
            start = bytearray()
            with self.stream(source, path, limit=sys.maxsize, end=size) as pieces:
                for piece in pieces:
                    start += piece
                    if len(start) >= size:
                        break
            return bytes(start[:size])

        return self.retry(source, path, collect)

    def retry(self, source: Source, path: str, work: Callable[[], _Result]) -> _Result:
        """Do ``work``, again while it is interrupted and tries are left."""
        for attempt in range(1, self.patience.tries + 1):
            try:
                return work()
            except Interrupted as interruption:
                if attempt == self.patience.tries:
                    raise ArchiveUnreachable(address=source.address(path), reason=interruption) from None
            time.sleep(self.patience.pause * 2 ** (attempt - 1))
        raise AssertionError("tries is at least one")

    @contextmanager
    def stream(
        self, source: Source, path: str, *, limit: int, start: int = 0, end: int | None = None
    ) -> Iterator[Iterator[bytes]]:
        """Open a file at byte ``start`` and give its pieces as they arrive.

        ``end`` is a wish, where fewer bytes will do; what arrives may be more.

        Raises ``Interrupted`` for what a retry may mend, ``ArchiveUnreachable``
        for what it will not, ``ArchiveTooLarge`` above ``limit`` bytes.
        """
        address = source.address(path)
        if address.startswith("file:"):
            with _local(address, limit, start) as pieces_of_file:
                yield pieces_of_file
            return
        wish = f"bytes={start}-{'' if end is None else end - 1}"
        headers = {"Range": wish} if start or end else {}
        arrival = _Arrival(address, limit, start, self.patience.whole)
        try:
            with self._client.stream("GET", address, headers=headers, auth=source.login) as answer:
                _check_status(answer.status_code, address, start, is_part=bool(headers))
                yield arrival.pieces(answer)
        except (httpx2.TransportError, httpx2.TooManyRedirects) as error:
            raise Interrupted(arrival.got, _reason(error)) from None


class _Arrival:
    """One file on its way: ``got`` bytes of it are here, those before ``start`` among them."""

    def __init__(self, address: str, limit: int, start: int, patience: float) -> None:
        self._address, self._limit, self._start, self._patience = address, limit, start, patience
        self.got = start

    def pieces(self, answer: httpx2.Response) -> Iterator[bytes]:
        """Give what arrives from ``start`` on; where the whole file is sent, what comes before is skipped."""
        self.got = self._start if answer.status_code == httpx2.codes.PARTIAL_CONTENT else 0
        ends_at = time.monotonic() + self._patience
        skip = self._start - self.got
        for piece in answer.iter_bytes(_PIECE):
            self.got += len(piece)
            if self.got > self._limit:
                raise ArchiveTooLarge(address=self._address, limit=self._limit)
            if time.monotonic() > ends_at:
                raise ArchiveUnreachable(address=self._address, reason="it took too long")
            wanted, skip = piece[skip:], max(0, skip - len(piece))
            yield wanted


@contextmanager
def _local(address: str, limit: int, start: int) -> Iterator[Iterator[bytes]]:
    """Open a file of a repository in a folder, as ``stream`` does one over HTTP."""
    file = Path(unquote(urlsplit(address).path))
    try:
        if file.stat().st_size > limit:
            raise ArchiveTooLarge(address=address, limit=limit)
        with file.open("rb") as opened:
            opened.seek(start)
            yield iter(partial(opened.read, _PIECE), b"")
    except OSError as error:
        raise ArchiveUnreachable(address=address, reason=(error.strerror or "unreadable").lower()) from error


def _check_status(status: int, address: str, start: int, *, is_part: bool) -> None:
    if status == httpx2.codes.OK or (is_part and status == httpx2.codes.PARTIAL_CONTENT):
        return
    if status in _MAY_PASS:
        raise Interrupted(start, f"it answered {status}")
    raise ArchiveUnreachable(address=address, reason=f"it answered {status}")


def _reason(error: Exception) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx2.ConnectError):
        return "no connection"
    return "the connection broke"
