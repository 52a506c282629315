"""The one compressor of layers: fixed, versioned, and checked on the machine it runs on.

ISA-L at level 2 gives the same bytes on every x86-64 processor (seen from Nehalem to AVX-512); level 3
does not. Its output becomes part of digests, so ``check`` refuses a library that would answer
differently. Not in charge of what is compressed.
"""

import hashlib
from functools import lru_cache
from typing import Any, ClassVar

from isal import isal_zlib

from builds.engine.errors import EngineError

NAME = "gzip-isal2-1"
LEVEL = 2
GZIP = 31
EXPECTED = "af372231bd2a38f1927ab1f4bca0beb8b5f6f34976b199bff2f96745d8ffea99"


class CompressorDiffersError(EngineError):
    """The compression library answers otherwise than the one digests were made with."""

    code: ClassVar[str] = "compressor-differs"
    is_fault: ClassVar[bool] = True
    sentence: ClassVar[str] = (
        "The compression library on this machine gives other bytes than {name}; builds would not reproduce."
    )


def compressor() -> Any:
    """Return a fresh compressor that writes one gzip member: ``compress(data)``, then ``flush()``."""
    return isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, GZIP)


def decompressor() -> Any:
    """Return a reader of one gzip member; it checks the member's CRC."""
    return isal_zlib.decompressobj(GZIP)


def member(data: bytes) -> bytes:
    """Return ``data`` as one gzip member."""
    machine = compressor()
    return bytes(machine.compress(data) + machine.flush())


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
