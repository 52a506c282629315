"""Signed releases: fetches an InRelease file and establishes what it promises.

Trust comes from gpgv with the archive's keyring and from nothing else; only
the text that gpgv hands out as signed is read. Not in charge of the indexes
themselves (``packages``).
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from builds.engine.deb.index import parse_stanza
from builds.engine.errors import IndexExpired, IndexInvalid, SignatureInvalid, SignatureToolMissing
from builds.engine.sources.archive import Source

INRELEASE_LIMIT = 8 << 20
_ENTRY = re.compile(r"([0-9a-f]{64})\s+([0-9]+)\s+(\S+)")


@dataclass(frozen=True, slots=True)
class Promise:
    """What a signed release says of one file: its digest and size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Release:
    """A verified release. Times are seconds since the epoch."""

    source: Source
    raw: bytes
    suite: str
    codename: str
    date: int
    valid_until: int | None
    has_by_hash: bool
    files: Mapping[str, Promise]

    @property
    def origin(self) -> str:
        return self.source.id

    @property
    def kept_as(self) -> str:
        return self.source.id

    @property
    def address(self) -> str:
        return self.source.address(self.source.release)

    @property
    def part(self) -> str:
        return self.source.suite

    @property
    def digest(self) -> str:
        """SHA-256 of the InRelease file, in hexadecimal."""
        return hashlib.sha256(self.raw).hexdigest()

    def check_current(self, now: float) -> None:
        """Raise ``IndexExpired`` if the release is past its Valid-Until."""
        if self.valid_until is not None and now > self.valid_until:
            expired_at = datetime.fromtimestamp(self.valid_until, UTC).strftime("%Y-%m-%d %H:%M UTC")
            raise IndexExpired(address=_address(self.source), expired_at=expired_at)


def read_release(source: Source, raw: bytes) -> Release:
    """Verify and read an InRelease file.

    Raises ``SignatureInvalid``, ``SignatureToolMissing`` or ``IndexInvalid``.
    """
    text = _signed_text(source, raw)
    try:
        fields = parse_stanza(text.strip("\n"))
        release = Release(
            source=source,
            raw=raw,
            suite=fields.get("Suite", ""),
            codename=fields.get("Codename", ""),
            date=_seconds(fields["Date"]),
            valid_until=_seconds(fields["Valid-Until"]) if "Valid-Until" in fields else None,
            has_by_hash=fields.get("Acquire-By-Hash") == "yes",
            files=_files(fields["SHA256"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise IndexInvalid(address=_address(source), reason=f"it is misshapen ({error})") from error
    if source.suite not in {release.suite, release.codename}:
        reason = f"it is of {release.codename or release.suite}, not of {source.suite}"
        raise IndexInvalid(address=_address(source), reason=reason)
    return release


def _signed_text(source: Source, raw: bytes) -> str:
    if shutil.which("gpgv") is None:
        raise SignatureToolMissing(reason="gpgv is not installed")
    if not source.keyring.is_file():
        raise SignatureToolMissing(reason=f"there is no keyring {source.keyring}")
    with tempfile.TemporaryDirectory(prefix="assay-release-") as scratch:
        signed, plain = Path(scratch, "InRelease"), Path(scratch, "Release")
        signed.write_bytes(raw)
        command = [
            "gpgv",
            "--homedir",
            scratch,
            "--status-fd",
            "1",
            "--keyring",
            str(source.keyring.absolute()),
        ]
        run = subprocess.run(
            [*command, "--output", str(plain), str(signed)],
            check=False,
            capture_output=True,
            timeout=60,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/local/bin"},
        )
        if not _is_trusted(run.stdout) or not plain.is_file():
            raise SignatureInvalid(address=_address(source), reason=_why(run.stdout))
        return plain.read_text(encoding="utf-8", errors="strict")


def _is_trusted(status: bytes) -> bool:
    """One good signature by a key of the ring, and none that is bad.

    An archive signs with the keys of several releases; a ring that lacks one
    of them is normal, so gpgv's exit code says too little.
    """
    words = {line.split()[1] for line in status.splitlines() if line.startswith(b"[GNUPG:] ")}
    return b"VALIDSIG" in words and b"GOODSIG" in words and not words & {b"BADSIG", b"NODATA"}


def _why(status: bytes) -> str:
    if b"] BADSIG" in status:
        return "its content does not match the signature"
    if b"] NO_PUBKEY" in status:
        return "the key that signed it is not in the keyring"
    if b"] EXPKEYSIG" in status or b"] REVKEYSIG" in status:
        return "the key that signed it has expired or was revoked"
    return "it has no usable signature"


def _seconds(date: str) -> int:
    moment = parsedate_to_datetime(date.replace("UTC", "+0000"))
    return int(moment.timestamp())


def _files(listing: str) -> dict[str, Promise]:
    files = {}
    for line in listing.split("\n"):
        if not line.strip():
            continue
        match = _ENTRY.fullmatch(line.strip())
        if match is None:
            raise ValueError(f"a file entry reads {line[:60]!r}")
        files[match[3]] = Promise(match[1], int(match[2]))
    return files


def _address(source: Source) -> str:
    return source.address(f"{source.release}/InRelease")
