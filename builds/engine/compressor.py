"""The one compressor of layers: fixed, versioned, and checked on the machine it runs on.

ISA-L at level 2 gives the same bytes on every x86-64 processor (seen from Nehalem to AVX-512); level 3
does not. Its output becomes part of digests, so ``check`` refuses a library that would answer
differently, and ``Member`` keeps from it whatever is not content. Not in charge of what is compressed.
"""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar

from isal import isal_zlib

from builds.engine.errors import EngineError

NAME = "gzip-isal2-2"
LEVEL = 2
GZIP = 31
START = 16
PIECE = 1 << 20
EXPECTED = "bbc0b7882a879fcde0ed9884d3d2cf362dc353741f5ebf92f2af2c7042a6ae16"


class CompressorDiffersError(EngineError):
    """The compression library answers otherwise than the one digests were made with."""

    code: ClassVar[str] = "compressor-differs"
    is_fault: ClassVar[bool] = True
    sentence: ClassVar[str] = (
        "The compression library on this machine gives other bytes than {name}; builds would not reproduce."
    )


class Member:
    """Writes one gzip member, whose bytes depend on the content alone.

    ISA-L's answer depends on two things beside: where its input is cut, so it gets pieces of one size however
    the content arrives; and where in memory its state lies. Where it first looks for matches in more than a few
    bytes, it enters the third of them under a hash of its own address (ISA-L 2.32, ``.write_first_byte`` in
    igzip_icf_body_h1_gr_bt.asm): at one address in some thousands, it misses a match. So the first few bytes
    are flushed by themselves: they go through another routine, which reads only content, and the faulty one is
    never the first. That costs some twenty bytes a member.
    """

    def __init__(self, put: Callable[[bytes], object]) -> None:
        """:param put: takes the compressed bytes, some at a time"""
        self._put, self._waiting, self._has_begun = put, bytearray(), False
        self._machine = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, GZIP)

    def add(self, data: bytes | memoryview) -> None:
        """Take the next bytes of the content."""
        for at in range(0, len(data), PIECE):
            self._waiting += data[at : at + PIECE]
            while len(self._waiting) >= (PIECE if self._has_begun else START):
                self._pass_on()

    def end(self) -> None:
        """Give the rest; the member takes nothing more."""
        while self._waiting:
            self._pass_on()
        self._put(self._machine.flush())

    def _pass_on(self) -> None:
        size = PIECE if self._has_begun else START
        self._put(self._machine.compress(bytes(self._waiting[:size])))
        if not self._has_begun:
            self._put(self._machine.flush(isal_zlib.Z_SYNC_FLUSH))
        self._has_begun = True
        del self._waiting[:size]


def decompressor() -> Any:
    """Return a reader of one gzip member; it checks the member's CRC."""
    return isal_zlib.decompressobj(GZIP)


def member(data: bytes) -> bytes:
    """Return ``data`` as one gzip member."""
    packed = bytearray()
    machine = Member(packed.extend)
    machine.add(data)
    machine.end()
    return bytes(packed)


@lru_cache(maxsize=1)
def check() -> None:
    """Compare the library's answer on a fixed input with the recorded one.

    :raises CompressorDiffersError: when they differ
    """
    if _sample_digest() != EXPECTED:
        raise CompressorDiffersError(name=NAME)


def _sample_digest() -> str:
    blocks = [hashlib.sha256(bytes([index % 251])).digest() * (1 + index % 7) for index in range(4096)]
    return hashlib.sha256(member(b"".join(blocks))).hexdigest()
