"""Fetches the index of a repository for an architecture, and establishes that a trusted key signed it.

The index is ``<architecture>/APKINDEX.tar.gz``: a gzip member with the signature, then one with the text; the
signature is over all of the second. It has no date: an older index that was once signed cannot be told from
a newer one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from builds.engine.apk.index import newest_date, read_index
from builds.engine.apk.keys import MAX_SIGNATURE, Untrusted, signatures_in
from builds.engine.apk.member import Member
from builds.engine.apk.source import ARCHITECTURES, INDEX, ApkSource
from builds.engine.errors import IndexInvalid, PackageBombError, PackageUnreadableError, SignatureInvalid
from builds.engine.formats import Held, PackageFacts
from builds.engine.sources.transport import Transport
from builds.engine.tar import END, FILE, TarRefusedError, read_entries

PACKED_LIMIT = 128 << 20
PLAIN_LIMIT = 1 << 30


@dataclass(frozen=True)
class ApkIndex:
    """A verified index of one architecture; ``start`` is where what is signed begins in ``raw``."""

    source: ApkSource
    architecture: str
    raw: bytes
    start: int
    known_date: int | None = None

    @cached_property
    def text(self) -> bytes:
        """The list of packages. Raises ``IndexInvalid`` when there is none."""
        body = Member(memoryview(self.raw), self.start, self.address, PLAIN_LIMIT)
        try:
            text = _text(body.read())
        except (PackageUnreadableError, PackageBombError, TarRefusedError) as error:
            raise IndexInvalid(address=self.address, reason="it does not unpack") from error
        if body.end != len(self.raw):
            raise IndexInvalid(address=self.address, reason="something follows its end")
        if text is None:
            raise IndexInvalid(address=self.address, reason="it holds no list of packages")
        return text

    @property
    def origin(self) -> str:
        return self.source.id

    @property
    def part(self) -> str:
        return ARCHITECTURES[self.architecture]

    @property
    def address(self) -> str:
        return self.source.address(f"{self.part}/{INDEX}")

    @property
    def kept_as(self) -> str:
        return f"{self.origin}.{self.part}"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
        return hashlib.sha256(self.raw).hexdigest()

    @cached_property
    def date(self) -> int:
        """The newest build date of a package in it."""
        return newest_date(self.text) if self.known_date is None else self.known_date

    @property
    def valid_until(self) -> int | None:
        return None

    def packages(self) -> Iterator[PackageFacts]:
        """Give what it lists; raise ``ValueError`` on hostile entries."""
        return read_index(self.text, self.part)


def fetch_index(
    source: ApkSource, architecture: str, transport: Transport, held: Mapping[str, Held] | None = None
) -> ApkIndex:
    """Fetch and verify the index of an architecture (``amd64``, ``arm64``).

    An index that is byte for byte the one ``held`` is verified again, but need not be unpacked to tell its date.
    Raises ``SignatureInvalid``, ``IndexInvalid`` and what ``Transport.read`` raises.
    """
    path = f"{ARCHITECTURES[architecture]}/{INDEX}"
    index = open_index(source, architecture, transport.read(source, path, limit=PACKED_LIMIT))
    before = (held or {}).get(index.kept_as)
    return replace(index, known_date=before.date) if before and before.raw == index.raw else index


def open_index(source: ApkSource, architecture: str, raw: bytes) -> ApkIndex:
    """Verify an index; see ``fetch_index``."""
    address = source.address(f"{ARCHITECTURES[architecture]}/{INDEX}")
    try:
        signatures, start = _signatures(raw, address)
        if not source.is_unsigned:
            source.ring.check(signatures, memoryview(raw)[start:])
    except Untrusted as error:
        hint = "" if signatures else "; a source may be declared as unsigned"
        raise SignatureInvalid(address=address, reason=f"{error}{hint}") from None
    except PackageUnreadableError as error:
        raise IndexInvalid(address=address, reason="it does not unpack") from error
    return ApkIndex(source, architecture, raw, start)


def _signatures(raw: bytes, address: str) -> tuple[dict[str, bytes], int]:
    """Return the signatures of an index and where what they sign begins."""
    first = Member(memoryview(raw), 0, address, MAX_SIGNATURE)
    try:
        found = signatures_in(first.read())
    except (PackageBombError, TarRefusedError):
        return {}, 0  # larger, or another kind of archive: the list itself
    return found, first.end if found else 0


def _text(archive: bytes) -> bytes | None:
    data = memoryview(archive + END)
    for entry in read_entries(data):
        if entry.path == "APKINDEX" and entry.kind == FILE:
            return bytes(data[entry.offset : entry.offset + entry.size])
    return None
