"""The table of package facts: written once at ingest, read with little memory.

One SQLite file per architecture. Rows are numbered as the solver numbers its
packages. Not in charge of relations' meaning (``rules``, ``resolve``).
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from builds.engine.formats import Format, PackageFacts
from builds.engine.snapshot.ranks import rank_between

_SCHEMA = """
CREATE TABLE package (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, version_key BLOB NOT NULL,
    architecture TEXT NOT NULL, source TEXT NOT NULL, source_version TEXT NOT NULL, sha256 TEXT NOT NULL,
    size INTEGER NOT NULL, installed_size INTEGER NOT NULL, path TEXT NOT NULL, origin TEXT NOT NULL,
    section TEXT NOT NULL, priority TEXT NOT NULL, essential INTEGER NOT NULL, multi_arch TEXT NOT NULL,
    description TEXT NOT NULL, homepage TEXT NOT NULL, depends TEXT NOT NULL, conflicts TEXT NOT NULL,
    provides TEXT NOT NULL, checksum TEXT NOT NULL, install_if TEXT NOT NULL, is_candidate INTEGER NOT NULL);
CREATE TABLE rank (name TEXT, version TEXT, rank INTEGER NOT NULL, PRIMARY KEY (name, version)) WITHOUT ROWID;
CREATE TABLE virtual (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE word USING fts5 (name, description, content='', prefix='2 3', tokenize='unicode61');
"""
_INDEXES = """
CREATE INDEX package_by_name ON package (name, version_key);
CREATE INDEX package_superseded ON package (id) WHERE NOT is_candidate;
CREATE INDEX package_by_itself ON package (id) WHERE install_if != '' AND is_candidate;
CREATE INDEX package_by_source ON package (source, source_version);
"""
_COLUMNS = (
    "id, name, version, architecture, source, source_version, sha256, size, installed_size, path, origin, "
    "section, priority, essential, multi_arch, description, homepage, depends, conflicts, provides, "
    "checksum, install_if, is_candidate"
)
_COLUMNS_OF_PACKAGE = ", ".join(f"package.{column}" for column in _COLUMNS.split(", "))
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Fact:
    """One package of a snapshot; sizes in bytes.

    ``is_candidate`` marks the newest version of a name, the one that is chosen
    unless another is asked for.
    """

    id: int
    name: str
    version: str
    architecture: str
    source: str
    source_version: str
    sha256: str
    size: int
    installed_size: int
    path: str
    origin: str
    section: str
    priority: str
    essential: bool
    multi_arch: str
    description: str
    homepage: str
    depends: str
    conflicts: str
    provides: str
    checksum: str
    install_if: str
    is_candidate: bool


def write_facts(
    file: Path,
    *,
    packages: Iterable[tuple[str, PackageFacts, bool]],
    ranks: Iterable[tuple[str, str, int]],
    virtuals: Iterable[str],
    form: Format,
) -> None:
    """Write the file from (origin, facts, is_candidate), in the solver's order."""
    with sqlite3.connect(file) as db:
        db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SCHEMA}")
        rows = (_row(number, *entry, form) for number, entry in enumerate(packages, start=1))
        db.executemany(f"INSERT INTO package VALUES ({','.join('?' * 24)})", rows)  # noqa: S608
        db.executemany("INSERT INTO rank VALUES (?, ?, ?)", ranks)
        db.executemany("INSERT INTO virtual VALUES (?)", ((name,) for name in sorted(virtuals)))
        db.execute(
            "INSERT INTO word (rowid, name, description) "
            "SELECT id, name, description FROM package WHERE is_candidate ORDER BY id"
        )
        db.executescript(f"{_INDEXES} ANALYZE;")
    db.close()


def _row(number: int, origin: str, facts: PackageFacts, is_candidate: bool, form: Format) -> tuple[Any, ...]:
    return (
        number,
        facts.name,
        facts.version,
        form.version_key(facts.version),
        facts.architecture,
        facts.source,
        facts.source_version,
        facts.sha256,
        facts.size,
        facts.installed_size,
        facts.path,
        origin,
        facts.section,
        facts.priority,
        facts.essential,
        facts.multi_arch,
        facts.description,
        facts.homepage,
        facts.depends,
        facts.conflicts,
        facts.provides,
        facts.checksum,
        facts.install_if,
        is_candidate,
    )


def _fact(row: Sequence[Any]) -> Fact:
    values: list[Any] = list(row)
    values[13], values[22] = bool(values[13]), bool(values[22])  # SQLite keeps booleans as integers
    return Fact(*values)


class Facts:
    """Reads one file of facts; a connection per thread, so safe to share."""

    def __init__(self, file: Path, form: Format) -> None:
        self.form = form
        self._uri = f"file:{quote(str(file))}?mode=ro&immutable=1"
        self._local = threading.local()

    @property
    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(self._uri, uri=True)
            db.execute("PRAGMA cache_size=-2048")
            self._local.db = db
        return db

    def _many(self, query: str, values: Sequence[Any]) -> list[Fact]:
        return [_fact(row) for row in self._db.execute(query, values)]

    def by_id(self, number: int) -> Fact:
        return self._many(f"SELECT {_COLUMNS} FROM package WHERE id = ?", (number,))[0]  # noqa: S608

    def by_name(self, name: str) -> list[Fact]:
        """Give all versions of a package, newest first."""
        query = f"SELECT {_COLUMNS} FROM package WHERE name = ? ORDER BY version_key DESC, id"  # noqa: S608
        return self._many(query, (name,))

    def by_source(self, source: str, source_version: str) -> list[Fact]:
        query = f"SELECT {_COLUMNS} FROM package WHERE source = ? AND source_version = ?"  # noqa: S608
        return self._many(query, (source, source_version))

    def superseded(self) -> list[int]:
        """Give the ids of all packages of which there is a newer version."""
        return [
            row[0] for row in self._db.execute("SELECT id FROM package WHERE NOT is_candidate ORDER BY id")
        ]

    @cached_property
    def coming_by_themselves(self) -> list[Fact]:
        """The newest packages that are added when certain others are there."""
        query = f"SELECT {_COLUMNS} FROM package WHERE install_if != '' AND is_candidate ORDER BY id"  # noqa: S608
        return self._many(query, ())

    def families(self, name: str) -> list[str]:
        """Give what versions of a package are asked to begin with, somewhere in the index."""
        query = "SELECT substr(name, ?) FROM virtual WHERE name >= ? AND name < ? ORDER BY name"
        start = name + "~"
        return [row[0] for row in self._db.execute(query, (len(start) + 1, start, name + "\x7f"))]

    def names_like(self, prefix: str) -> list[str]:
        """Give package names that begin with ``prefix``, for suggestions."""
        query = "SELECT DISTINCT name FROM package WHERE name >= ? AND name < ? LIMIT 20000"
        return [row[0] for row in self._db.execute(query, (prefix, prefix + "\x7f"))]

    def search(self, text: str, *, limit: int = 20) -> list[Fact]:
        """Find packages by words or their beginnings, best first.

        The exact name comes first, then names that begin with the text, then
        by how well name and description fit.
        """
        words = _WORD.findall(text.lower())[:8]
        if not words:
            return []
        match = " ".join(f'"{word}"*' for word in words)
        name = text.strip().lower()
        query = (
            f"SELECT {_COLUMNS_OF_PACKAGE} FROM word JOIN package ON package.id = word.rowid "  # noqa: S608
            "WHERE word MATCH ? ORDER BY package.name = ? DESC, substr(package.name, 1, ?) = ? DESC, "
            "bm25(word, 8.0, 1.0) + length(package.name) * 0.05, package.name LIMIT ?"
        )
        return self._many(query, (match, name, len(name), name, limit))

    def is_virtual(self, name: str) -> bool:
        """Tell whether some package provides the name without a version."""
        return self._db.execute("SELECT 1 FROM virtual WHERE name = ?", (name,)).fetchone() is not None

    def rank(self, name: str, version: str) -> int:
        """Give the rank of a version, be it one that the index knows or not."""
        known = self._db.execute(
            "SELECT rank FROM rank WHERE name = ? AND version = ?", (name, version)
        ).fetchone()
        if known:
            return int(known[0])
        return rank_between(
            version,
            self._db.execute("SELECT version, rank FROM rank WHERE name = ?", (name,)),
            self.form.version_key,
        )

    def version(self, name: str, rank: int) -> str:
        """Give a version of this rank, empty if none is known."""
        query = "SELECT version FROM rank WHERE name = ? AND rank = ? ORDER BY length(version) LIMIT 1"
        found = self._db.execute(query, (name, rank)).fetchone()
        return str(found[0]) if found else ""
