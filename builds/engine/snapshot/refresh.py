"""Brings the snapshot of a suite up to date with its sources.

The signed indexes are fetched each time; where they are those of the current
snapshot, it stays and nothing else is read. Not in charge of what makes an
index trustworthy (the format) nor of reading snapshots (``opening``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from builds.engine.durable import new_directory, write_file
from builds.engine.errors import IndexInvalid
from builds.engine.formats import Format, Held, SignedIndex, format_of
from builds.engine.snapshot.ingest import FACTS_FILE, Entry, ingest
from builds.engine.snapshot.opening import Snapshot, open_snapshot
from builds.engine.snapshot.place import (
    MANIFEST_FILE,
    RELEASES,
    Manifest,
    current_name,
    default_root,
    directory_of,
    manifest_of,
    part_of,
    pointer,
)
from builds.engine.sources.archive import DEFAULT_SUITE, debian_sources
from builds.engine.sources.transport import Transport

Say = Callable[[str], None]


def refresh(
    *, suite: str = DEFAULT_SUITE, root: Path | None = None, architectures: Sequence[str] = ("amd64",),
    sources: Sequence[Any] | None = None, format_name: str = "deb", kept_as: str = "", wanted: Sequence[str] = (),
    transport: Transport | None = None, say: Say = lambda _: None,
) -> Snapshot:  # fmt: skip
    """Fetch, verify and prepare what is new; give the current snapshot.

    ``sources`` are of the format named; without them they are Debian's own.
    ``kept_as`` tells apart what is current of several sources of a suite. For
    the packages ``wanted`` alone, less may be prepared than all, if the format can
    tell what they lead to; what is prepared answers for them as all would.
    Raises ``NoArchive``, ``ArchiveUnreachable``, ``SignatureInvalid``,
    ``IndexExpired``, ``IndexMismatch``, ``IndexInvalid``, ``DiskFull``. The
    snapshot that was current before stays so on any error.
    """
    root = root or default_root()
    sources, kept_as = sources or debian_sources(suite), kept_as or suite
    form, own = format_of(format_name), transport or Transport()
    try:
        indexes = form.read_indexes(sources, architectures, _held(root, kept_as), own)
        manifest = manifest_of(form.NAME, suite, indexes)
        directory = directory_of(root, manifest.digest)
        _keep_indexes(directory, manifest, indexes)
        for architecture in architectures:
            if not _is_prepared(directory, architecture, wanted):
                say(f"reading the {suite} index for {architecture}")
                _prepare_needed(directory, architecture, indexes, form, own, wanted)
    finally:
        if transport is None:
            own.close()
    _make_current(root, kept_as, directory)
    return open_snapshot(manifest.digest, root=root, wanted=wanted)


def _keep_indexes(directory: Path, manifest: Manifest, indexes: Iterable[SignedIndex]) -> None:
    if not (directory / MANIFEST_FILE).is_file():
        for index in indexes:
            write_file(directory / RELEASES / index.kept_as, index.raw)
        write_file(directory / MANIFEST_FILE, manifest.to_bytes())


def _is_prepared(directory: Path, architecture: str, wanted: Sequence[str]) -> bool:
    suffixes = {"", part_of(wanted)}
    return any((directory / f"{architecture}{suffix}" / FACTS_FILE).is_file() for suffix in suffixes)


def _make_current(root: Path, kept_as: str, directory: Path) -> None:
    if current_name(root, kept_as) != directory.name:
        write_file(pointer(root, kept_as), directory.name.encode() + b"\n")
    else:
        os.utime(pointer(root, kept_as))  # see `checked_at`


def _held(root: Path, kept_as: str) -> dict[str, Held]:
    name = current_name(root, kept_as)
    directory = root / name if name else None
    if directory is None or not (directory / MANIFEST_FILE).is_file():
        return {}
    notes = Manifest.from_bytes((directory / MANIFEST_FILE).read_bytes()).releases
    dates = {name: note.date for note in notes for name in (note.origin, f"{note.origin}.{note.suite}")}
    return {
        file.name: Held(file.read_bytes(), dates.get(file.name, 0))
        for file in (directory / RELEASES).iterdir()
    }


def _prepare_needed(
    directory: Path,
    architecture: str,
    indexes: Sequence[SignedIndex],
    form: Format,
    transport: Transport,
    wanted: Sequence[str],
) -> None:
    """Prepare what the packages wanted lead to, or all."""
    entries = form.reachable(indexes, architecture, wanted) if wanted else None
    place = directory / (architecture + (part_of(wanted) if entries is not None else ""))
    if entries is None:
        entries = _entries(form, architecture, indexes, transport)
    _prepare(place, architecture, entries, form, indexes[0].address)


def _prepare(target: Path, architecture: str, entries: Iterable[Entry], form: Format, address: str) -> None:
    with new_directory(target) as scratch:
        try:
            ingest(scratch, architecture=architecture, entries=entries, form=form)
        except ValueError as error:  # a relation that is none; other fields are checked as they are read
            raise IndexInvalid(address=address, reason=error) from error


def _entries(
    form: Format, architecture: str, indexes: Sequence[SignedIndex], transport: Transport
) -> Iterator[Entry]:
    found = False
    for index in indexes:
        try:
            for facts in form.packages(index, architecture, transport):
                found = True
                yield index.origin, facts
        except ValueError as error:
            raise IndexInvalid(address=index.address, reason=error) from error
    if not found:
        reason = f"it lists no packages for {architecture}"
        raise IndexInvalid(address=indexes[0].address, reason=reason)
