"""Fetches Packages indexes and holds them to what the signed release promises."""

from __future__ import annotations

import hashlib
import lzma
import zlib
from collections.abc import Iterator

from builds.engine.errors import IndexInvalid, IndexMismatch
from builds.engine.sources.release import Promise, Release
from builds.engine.sources.transport import Transport

PACKED_LIMIT = 128 << 20
PLAIN_LIMIT = 1 << 30
_PIECE = 1 << 20
_SUFFIXES = (".xz", ".gz", "")


def fetch_packages(release: Release, architecture: str, transport: Transport) -> Iterator[bytes]:
    """Give the plain text of the main component's Packages index, in pieces.

    Empty where the release has none for the architecture. Raises
    ``IndexMismatch`` if the file is not the promised one, ``IndexInvalid`` if
    it does not unpack, and what ``Transport.read`` raises.
    """
    stem = f"main/binary-{architecture}/Packages"
    for suffix in _SUFFIXES:
        promise = release.files.get(stem + suffix)
        if promise is not None:
            packed = _fetch(release, stem + suffix, promise, transport)
            return _plain(packed, suffix, release, stem)
    return iter(())


def _fetch(release: Release, name: str, promise: Promise, transport: Transport) -> bytes:
    source = release.source
    if promise.size > PACKED_LIMIT:
        raise IndexInvalid(address=source.address(name), reason="it is unreasonably large")
    directory, _, _ = f"{source.release}/{name}".rpartition("/")
    by_hash = f"{directory}/by-hash/SHA256/{promise.sha256}"
    path = by_hash if release.has_by_hash else f"{source.release}/{name}"
    content = transport.read(source, path, limit=promise.size)
    if len(content) != promise.size:
        reason = f"it has {len(content)} bytes instead of {promise.size}"
        raise IndexMismatch(address=source.address(path), reason=reason)
    if hashlib.sha256(content).hexdigest() != promise.sha256:
        raise IndexMismatch(address=source.address(path), reason="its SHA-256 differs")
    return content


def _plain(packed: bytes, suffix: str, release: Release, stem: str) -> Iterator[bytes]:
    total = 0
    try:
        for piece in _unpack(packed, suffix):
            total += len(piece)
            if total > PLAIN_LIMIT:
                raise IndexInvalid(address=release.source.address(stem), reason="it unpacks to too much")
            yield piece
    except (lzma.LZMAError, zlib.error, EOFError) as error:
        raise IndexInvalid(address=release.source.address(stem), reason="it does not unpack") from error


def _unpack(packed: bytes, suffix: str) -> Iterator[bytes]:
    if not suffix:
        yield packed
        return
    if suffix == ".xz":
        unxz = lzma.LZMADecompressor(memlimit=512 << 20)
        yield unxz.decompress(packed, _PIECE)
        while not unxz.eof:
            if unxz.needs_input:
                raise EOFError
            yield unxz.decompress(b"", _PIECE)
        return
    gunzip = zlib.decompressobj(31)
    yield gunzip.decompress(packed, _PIECE)
    while not gunzip.eof:
        rest = gunzip.unconsumed_tail
        if not rest:
            raise EOFError
        yield gunzip.decompress(rest, _PIECE)
