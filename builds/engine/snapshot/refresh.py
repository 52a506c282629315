"""Brings the snapshot of a suite up to date with its archive.

The signed releases are fetched each time; where they are those of the current
snapshot, it stays and nothing else is read. A release older than the one
already held is not taken: an archive never goes back. Not in charge of reading
snapshots (``opening``).
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from builds.engine.deb.index import read_packages
from builds.engine.durable import new_directory, write_file
from builds.engine.errors import IndexInvalid
from builds.engine.snapshot.ingest import FACTS_FILE, Entry, ingest
from builds.engine.snapshot.opening import Snapshot, open_snapshot
from builds.engine.snapshot.place import (
    MANIFEST_FILE,
    RELEASES,
    current_name,
    default_root,
    directory_of,
    manifest_of,
    pointer,
)
from builds.engine.sources.archive import DEFAULT_SUITE, Source, debian_sources
from builds.engine.sources.packages import fetch_packages
from builds.engine.sources.release import INRELEASE_LIMIT, Release, read_release
from builds.engine.sources.transport import Transport

Say = Callable[[str], None]


def refresh(
    *,
    suite: str = DEFAULT_SUITE,
    root: Path | None = None,
    architectures: Sequence[str] = ("amd64",),
    sources: Sequence[Source] | None = None,
    transport: Transport | None = None,
    say: Say = lambda _: None,
) -> Snapshot:
    """Fetch, verify and prepare what is new; give the current snapshot.

    Raises ``NoArchive``, ``ArchiveUnreachable``, ``SignatureInvalid``,
    ``IndexExpired``, ``IndexMismatch``, ``IndexInvalid``, ``DiskFull``. The
    snapshot that was current before stays so on any error.
    """
    root = root or default_root()
    sources = sources or debian_sources(suite)
    own = transport or Transport()
    try:
        releases = _releases(sources, root=root, suite=suite, transport=own)
        manifest = manifest_of(suite, releases)
        directory = directory_of(root, manifest.digest)
        if not (directory / MANIFEST_FILE).is_file():
            for release in releases:
                write_file(directory / RELEASES / release.source.id, release.raw)
            write_file(directory / MANIFEST_FILE, manifest.to_bytes())
        for architecture in architectures:
            if not (directory / architecture / FACTS_FILE).is_file():
                say(f"reading the {suite} index for {architecture}")
                _prepare(directory / architecture, architecture, releases, own)
    finally:
        if transport is None:
            own.close()
    if current_name(root, suite) != directory.name:
        write_file(pointer(root, suite), directory.name.encode() + b"\n")
    else:
        os.utime(pointer(root, suite))  # see `checked_at`
    return open_snapshot(manifest.digest, root=root)


def may_expire(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether Valid-Until dates are held to.

    ``ASSAY_ARCHIVE_CHECK_VALID_UNTIL`` says so with 1 or 0. Without it the
    machine's apt decides: whoever told apt that its mirror is a frozen one
    need not say it twice.
    """
    given = environ.get("ASSAY_ARCHIVE_CHECK_VALID_UNTIL", "")
    if given:
        return given != "0"
    try:
        run = subprocess.run(
            ["apt-config", "shell", "CHECK", "Acquire::Check-Valid-Until/b"],
            check=False,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return True
    return "CHECK='false'" not in run.stdout


def _releases(sources: Sequence[Source], *, root: Path, suite: str, transport: Transport) -> list[Release]:
    held = _held(root, suite)
    with ThreadPoolExecutor(max_workers=len(sources)) as pool:
        raws = list(
            pool.map(lambda s: transport.read(s, f"{s.release}/InRelease", limit=INRELEASE_LIMIT), sources)
        )
        releases = list(pool.map(lambda pair: _read(pair[0], pair[1], held), zip(sources, raws, strict=True)))
    if may_expire():
        now = time.time()
        for release in releases:
            release.check_current(now)
    return releases


def _read(source: Source, raw: bytes, held: Mapping[str, bytes]) -> Release:
    release = read_release(source, raw)
    before = held.get(source.id)
    if before is None or before == raw:
        return release
    older = read_release(source, before)
    return older if older.date > release.date else release


def _held(root: Path, suite: str) -> dict[str, bytes]:
    name = current_name(root, suite)
    directory = root / name / RELEASES if name else None
    if directory is None or not directory.is_dir():
        return {}
    return {file.name: file.read_bytes() for file in directory.iterdir()}


def _prepare(target: Path, architecture: str, releases: Sequence[Release], transport: Transport) -> None:
    with new_directory(target) as scratch:
        ingest(scratch, architecture=architecture, entries=_entries(architecture, releases, transport))


def _entries(architecture: str, releases: Sequence[Release], transport: Transport) -> Iterator[Entry]:
    found = False
    for release in releases:
        try:
            for facts in read_packages(fetch_packages(release, architecture, transport)):
                found = True
                yield release.source.id, facts
        except ValueError as error:
            raise IndexInvalid(
                address=release.source.address(release.source.release), reason=error
            ) from error
    if not found:
        source = releases[0].source
        reason = f"it lists no packages for {architecture}"
        raise IndexInvalid(address=source.address(source.release), reason=reason)
