"""Content digests. A value without I/O; not in charge of what is stored under one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from registry.errors import DigestInvalid

_LENGTHS = {"sha256": 64, "sha512": 128}
_FORM = re.compile(r"(sha256|sha512):([0-9a-f]+)")


@dataclass(frozen=True, slots=True)
class Digest:
    """`algorithm:hex`, with an algorithm that we compute ourselves (OCI image spec, descriptor.md)."""

    algorithm: str
    hex: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"

    @classmethod
    def of(cls, content: bytes, algorithm: str = "sha256") -> Digest:
        return cls.of_pieces((content,), algorithm)

    @classmethod
    def of_pieces(cls, pieces: Iterable[bytes], algorithm: str = "sha256") -> Digest:
        hasher = hashlib.new(algorithm)
        for piece in pieces:
            hasher.update(piece)
        return cls(algorithm, hasher.hexdigest())


def parse(text: str) -> Digest:
    """Read a digest. Raises DigestInvalid for any other algorithm, length or letter case."""
    match = _FORM.fullmatch(text)
    if match is None or len(match[2]) != _LENGTHS[match[1]]:
        raise DigestInvalid
    return Digest(match[1], match[2])
