"""Finds the gzip members that an apk file is made of, unpacking one after another with a bound on each."""

from __future__ import annotations

from collections.abc import Iterator

from isal.igzip_lib import IsalError

from builds.engine.compressor import decompressor
from builds.engine.errors import EngineError, PackageBombError, PackageUnreadableError

CHUNK = 1 << 20
PIECE = 1 << 16
_V3 = (b"ADB.", b"ADBd", b"ADBc")


class ApkVersionError(EngineError):
    """A package or index of the third version of the format."""

    code = "apk-version"
    sentence = "{package} is in version 3 of the apk format; only version 2 is read."


class Member:
    """One gzip member of a file in memory; ``end`` says where it ends once ``chunks`` is exhausted."""

    def __init__(self, whole: memoryview, start: int, package: str, limit: int) -> None:
        self._whole, self._package, self._limit = whole, package, limit
        self.start, self.end = start, -1

    def chunks(self) -> Iterator[bytes]:
        """Yield what is in the member.

        :raises ApkVersionError: when it is of version 3
        :raises PackageBombError: as soon as more than the limit came out
        :raises PackageUnreadableError: when it is damaged, cut short or not there
        """
        if bytes(self._whole[self.start : self.start + 4]) in _V3:
            raise ApkVersionError(package=self._package)
        total = 0
        try:
            for chunk in self._inflated():
                total += len(chunk)
                if total > self._limit:
                    raise PackageBombError(package=self._package, limit=self._limit)
                yield chunk
        except IsalError as error:  # type: ignore[misc] # its stub calls the class an instance
            raise PackageUnreadableError(
                package=self._package, reason=f"a part is damaged ({error})"
            ) from error

    def read(self) -> bytes:
        """Return all that is in the member."""
        return b"".join(self.chunks())

    @property
    def packed(self) -> memoryview:
        """The member's own bytes; valid while the file is open, for the caller to release."""
        return self._whole[self.start : self.end]

    def _inflated(self) -> Iterator[bytes]:
        machine, at = decompressor(), self.start
        while at < len(self._whole):  # small pieces: what a piece leaves over is copied each time
            piece = bytes(self._whole[at : at + PIECE])
            at += len(piece)
            while True:
                chunk = machine.decompress(piece, CHUNK)
                yield chunk
                if machine.eof:
                    self.end = at - len(machine.unused_data)
                    return
                piece = machine.unconsumed_tail
                if not piece and len(chunk) < CHUNK:
                    break
        raise PackageUnreadableError(package=self._package, reason="it is cut short")
