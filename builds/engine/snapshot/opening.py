"""Opens prepared snapshots: quickly, with little memory, safe between threads.

The solver's pool of an architecture is loaded on its first use and shared
under a lock. Not in charge of solving (``resolve``).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import solv

from builds.engine.errors import SnapshotMissing
from builds.engine.formats import Format, format_of
from builds.engine.snapshot.facts import Facts
from builds.engine.snapshot.ingest import FACTS_FILE, IMPORTER, RULES_FILE
from builds.engine.snapshot.place import (
    MANIFEST_FILE,
    Manifest,
    current_name,
    default_root,
    directory_of,
    part_of,
)
from builds.engine.snapshot.rules import Dialect


class Rules:
    """A solver's pool with the packages of one architecture.

    ``first`` is the pool's id of the fact with id 1; the others follow.
    """

    def __init__(self, file: Path, *, architecture: str, facts: Facts) -> None:
        self.pool = solv.Pool()
        self.repo = self.pool.add_repo("index")
        stream = solv.xfopen(str(file), "r")
        if stream is None or not self.repo.add_solv(stream, solv.Repo.SOLV_ADD_NO_STUBS):
            raise OSError(f"the solver's rules in {file} cannot be read")
        stream.close()
        self.first = next(iter(self.repo.solvables)).id
        self.count: int = self.repo.nsolvables
        self.pool.createwhatprovides()
        self.superseded = facts.superseded()
        self.dialect = Dialect(
            pool=self.pool, architecture=architecture, form=facts.form, virtuals=_Virtuals(facts),
            rank=facts.rank, families=facts.families,
        )  # fmt: skip
        self.memo: dict[str, tuple[Any, ...]] = {}

    def solvable(self, fact_id: int) -> Any:
        return self.pool.id2solvable(self.first + fact_id - 1)

    def fact_id(self, solvable: Any) -> int | None:
        """Give the fact's id, none for a package that is not of the index."""
        number = solvable.id - self.first + 1
        return number if 1 <= number <= self.count else None


class _Virtuals:
    """The names with an unversioned provider, asked for one by one."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._facts.is_virtual(name)


@dataclass(frozen=True, slots=True)
class Index:
    """One architecture of a snapshot."""

    architecture: str
    suite: str
    facts: Facts
    _rules_file: Path
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _loaded: list[Rules] = field(default_factory=list, repr=False)

    @property
    def form(self) -> Format:
        """The format that the packages are of."""
        return self.facts.form

    @contextmanager
    def rules(self) -> Iterator[Rules]:
        """Give the solver's rules to one thread at a time."""
        with self._lock:
            if not self._loaded:
                self._loaded.append(Rules(self._rules_file, architecture=self.architecture, facts=self.facts))
            yield self._loaded[0]


class Snapshot:
    """A verified index snapshot; open it once per process and share it."""

    def __init__(self, directory: Path, manifest: Manifest, wanted: Sequence[str] = ()) -> None:
        self.directory = directory
        self._part = part_of(wanted)
        self.manifest = manifest
        self.form = format_of(manifest.format)
        self._indexes: dict[str, Index] = {}
        self._lock = threading.Lock()

    @property
    def digest(self) -> str:
        """Identity, ``sha256:…``: of the signed releases and the importer."""
        return self.manifest.digest

    @property
    def suite(self) -> str:
        return self.manifest.suite

    @property
    def epoch(self) -> int:
        """Seconds since the epoch: the newest date of the releases."""
        return self.manifest.epoch

    @property
    def architectures(self) -> tuple[str, ...]:
        names = {file.parent.name for file in self.directory.glob(f"*/{FACTS_FILE}")}
        bare = {name.partition("-")[0] for name in names if self._part and name.endswith(self._part)}
        return tuple(sorted(bare | {name for name in names if "-" not in name}))

    def index(self, architecture: str) -> Index:
        """Give one architecture; raise ``SnapshotMissing`` if it is not there."""
        with self._lock:
            if architecture not in self._indexes:
                if architecture not in self.architectures:
                    reason = "this architecture was not fetched"
                    raise SnapshotMissing(suite=self.suite, architecture=architecture, reason=reason)
                place = self.directory / architecture
                if not (place / FACTS_FILE).is_file():
                    place = self.directory / f"{architecture}{self._part}"
                self._indexes[architecture] = Index(
                    architecture, self.suite, Facts(place / FACTS_FILE, self.form), place / RULES_FILE
                )
            return self._indexes[architecture]


def open_snapshot(digest: str, *, root: Path | None = None, wanted: Sequence[str] = ()) -> Snapshot:
    """Open a snapshot by its identity; raise ``SnapshotMissing``.

    Where only a part was prepared, ``wanted`` are the packages that it was prepared for.
    """
    try:
        directory = directory_of(root or default_root(), digest)
        manifest = Manifest.from_bytes((directory / MANIFEST_FILE).read_bytes())
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"the snapshot {digest[:80]} is not here"
        raise SnapshotMissing(suite="this suite", architecture="any architecture", reason=reason) from error
    if manifest.importer != IMPORTER:
        reason = "it was prepared by another version of the engine"
        raise SnapshotMissing(suite=manifest.suite, architecture="any architecture", reason=reason)
    return Snapshot(directory, manifest, wanted)


def open_current(suite: str, *, root: Path | None = None, wanted: Sequence[str] = ()) -> Snapshot:
    """Open the newest snapshot of a suite; raise ``SnapshotMissing``."""
    root = root or default_root()
    name = current_name(root, suite)
    if name is None:
        reason = "the archive was not read yet"
        raise SnapshotMissing(suite=suite, architecture="any architecture", reason=reason)
    return open_snapshot(name, root=root, wanted=wanted)
