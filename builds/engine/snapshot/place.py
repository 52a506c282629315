"""Where snapshots lie on disk, and what is written about each.

    <root>/current-<suite>              name of the newest snapshot of a suite
    <root>/<hex>/snapshot.json          what it was made of
    <root>/<hex>/releases/<origin>      the InRelease files, as they were signed
    <root>/<hex>/<architecture>/        facts and rules
    <root>/<hex>/<architecture>-<hex>/  those of a part, enough for certain requests

A snapshot is named by the digest of its InRelease files and the importer's
version, so architectures may be added to it later.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from builds.engine.canonical import digest_of
from builds.engine.formats import SignedIndex
from builds.engine.snapshot.ingest import IMPORTER

MANIFEST_FILE = "snapshot.json"
RELEASES = "releases"
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ReleaseNote:
    """One release of a snapshot; times are seconds since the epoch."""

    origin: str
    suite: str
    sha256: str
    date: int
    valid_until: int | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot was made of."""

    format: str
    suite: str
    importer: str
    releases: tuple[ReleaseNote, ...]

    @property
    def digest(self) -> str:
        parts = [[note.origin, note.suite, note.sha256] for note in self.releases]
        return digest_of({"format": self.format, "suite": self.suite, "importer": self.importer, "of": parts})

    @property
    def epoch(self) -> int:
        """The newest date of the releases."""
        return max(note.date for note in self.releases)

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True, indent=1).encode() + b"\n"

    @classmethod
    def from_bytes(cls, raw: bytes) -> Manifest:
        """Raise ``ValueError``, ``KeyError`` or ``TypeError`` if it is none."""
        plain = json.loads(raw)
        notes = tuple(ReleaseNote(**note) for note in plain.pop("releases"))
        return cls(**plain, releases=notes)


def manifest_of(format_name: str, suite: str, indexes: Sequence[SignedIndex]) -> Manifest:
    notes = tuple(
        ReleaseNote(index.origin, index.part, index.digest, index.date, index.valid_until)
        for index in sorted(indexes, key=lambda index: (index.origin, index.part))
    )
    return Manifest(format=format_name, suite=suite, importer=IMPORTER, releases=notes)


def default_root(environ: Mapping[str, str] = os.environ) -> Path:
    """Give ``ASSAY_SNAPSHOTS`` or the user's cache directory."""
    given = environ.get("ASSAY_SNAPSHOTS")
    return Path(given) if given else Path.home() / ".cache/assay/snapshots"


def pointer(root: Path, suite: str) -> Path:
    return root / f"current-{suite}"


def checked_at(suite: str, root: Path | None = None) -> float:
    """Give when the archive was last asked for the suite, in seconds since 1970; 0.0 for never."""
    try:
        return pointer(root or default_root(), suite).stat().st_mtime
    except OSError:
        return 0.0


def current_name(root: Path, suite: str) -> str | None:
    """Give the hexadecimal name of the newest snapshot, if there is one."""
    try:
        name = pointer(root, suite).read_text().strip()
    except OSError:
        return None
    return name if _HEX.fullmatch(name) else None


def part_of(wanted: Sequence[str]) -> str:
    """Give what a directory's name has after the architecture when it holds only what these lead to."""
    return f"-{digest_of(sorted(set(wanted)))[7:39]}" if wanted else ""


def directory_of(root: Path, digest: str) -> Path:
    """Give a snapshot's directory; raise ``ValueError`` for a hostile name."""
    name = digest.removeprefix("sha256:")
    if not _HEX.fullmatch(name):
        raise ValueError(f"{digest[:80]!r} names no snapshot")
    return root / name
