"""Brings locked packages into a content-addressed cache.

A file lies at ``<cache>/sha256/<2 digits>/<digest>`` only after its size and
digest were verified while it arrived. Broken downloads resume. Whoever uses a
file hashes it again; that is the reader's part, not this module's.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

from builds.engine.durable import disk_full_named, sync_directory
from builds.engine.errors import ArchiveUnreachable, PackageMismatch
from builds.engine.formats import Source
from builds.engine.lock import LockedPackage
from builds.engine.sources.transport import Interrupted, Transport

PARALLEL = 4
_PIECE = 1 << 20

Progress = Callable[[int, int, int], None]


def default_cache(environ: Mapping[str, str] = os.environ) -> Path:
    """Give ``ASSAY_PACKAGE_CACHE`` or the user's cache directory."""
    given = environ.get("ASSAY_PACKAGE_CACHE")
    return Path(given) if given else Path.home() / ".cache/assay/packages"


def package_file(cache: Path, sha256: str) -> Path:
    """Give where a package lies, or will."""
    return cache / "sha256" / sha256[:2] / sha256


def fetch_packages(
    packages: Iterable[LockedPackage],
    *,
    sources: Sequence[Source],
    cache: Path | None = None,
    transport: Transport | None = None,
    progress: Progress = lambda done, total, size: None,
) -> dict[str, Path]:
    """Fetch what the cache lacks; give the file of each sha256.

    ``progress`` is called with packages done, packages in all, and bytes
    fetched so far; calls do not overlap. Raises ``ArchiveUnreachable``,
    ``PackageMismatch``, ``DiskFull``; what has arrived stays in the cache.
    """
    cache = cache or default_cache()
    wanted = {package.sha256: package for package in packages}
    files = {sha256: package_file(cache, sha256) for sha256 in wanted}
    missing = [package for sha256, package in wanted.items() if not is_here(files[sha256], package)]
    tally = Tally(progress, total=len(wanted), done=len(wanted) - len(missing))
    if not missing:
        return files
    own = transport or Transport()
    try:
        _fetch_all(missing, {source.id: source for source in sources}, files, own, tally)
    finally:
        if transport is None:
            own.close()
    return files


def _fetch_all(
    missing: Iterable[LockedPackage],
    sources: Mapping[str, Source],
    files: Mapping[str, Path],
    transport: Transport,
    tally: Tally,
) -> None:
    """Fetch several at a time; the first that fails stops those that have not begun."""
    stop = threading.Event()

    def fetch(package: LockedPackage) -> None:
        if stop.is_set():
            return
        try:
            _fetch(package, source_of(package, sources), files[package.sha256], transport, tally)
        except BaseException:
            stop.set()
            raise

    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        for future in [pool.submit(fetch, package) for package in missing]:
            future.result()


def is_here(file: Path, package: LockedPackage) -> bool:
    """Tell whether a file of the right name and size is in the cache."""
    try:
        return file.stat().st_size == package.size
    except FileNotFoundError:
        return False


class Tally:
    """Counts what has arrived, for whoever watches."""

    def __init__(
        self, progress: Progress = lambda done, total, size: None, *, total: int = 0, done: int = 0
    ) -> None:
        self._progress, self._total, self._done, self._size = progress, total, done, 0
        self._lock = threading.Lock()
        progress(done, total, 0)

    def add(self, *, size: int = 0, done: int = 0) -> None:
        with self._lock:
            self._size += size
            self._done += done
            self._progress(self._done, self._total, self._size)


AnySource = TypeVar("AnySource", bound=Source)


def source_of(package: LockedPackage, sources: Mapping[str, AnySource]) -> AnySource:
    """Give the source that a package comes from; raise ``ArchiveUnreachable`` where none is configured."""
    source = sources.get(package.origin)
    if source is None:
        reason = f"no source {package.origin} is configured"
        raise ArchiveUnreachable(address=package.path, reason=reason)
    return source


def _fetch(package: LockedPackage, source: Source, file: Path, transport: Transport, tally: Tally) -> None:
    with disk_full_named(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}.part")
        with alone(part) as out:
            if not is_here(file, package):
                transport.retry(
                    source, package.path, lambda: download(package, source, out, transport, tally)
                )
                _check(package, part, out)
                os.fsync(out.fileno())
                os.fchmod(out.fileno(), 0o644)
                part.replace(file)
                sync_directory(file.parent)
            else:
                part.unlink(missing_ok=True)
    tally.add(done=1)


@contextmanager
def alone(part: Path) -> Iterator[IO[bytes]]:
    """Open the partial file for this process alone; wait while another has it."""
    while True:
        out = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        try:
            fcntl.flock(out, fcntl.LOCK_EX)
            if _is_same(part, out):
                yield out
                return
        finally:
            out.close()


def _is_same(part: Path, out: IO[bytes]) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(part.stat(), os.fstat(out.fileno()))
    return False


def download(
    package: LockedPackage, source: Source, out: IO[bytes], transport: Transport, tally: Tally
) -> None:
    """Bring a partial file to the package's size; raise ``Interrupted`` where the connection ends early."""
    start = out.seek(0, os.SEEK_END)
    if start > package.size:
        start = 0
        out.truncate(0)
    if start == package.size:
        return
    out.seek(start)
    with transport.stream(source, package.path, limit=package.size, start=start) as pieces:
        for piece in pieces:
            out.write(piece)
            tally.add(size=len(piece))
    out.flush()
    if (got := out.tell()) < package.size:
        raise Interrupted(got, "the connection ended early")


def _check(package: LockedPackage, part: Path, out: IO[bytes]) -> None:
    out.flush()
    out.seek(0)
    found = hashlib.file_digest(out, "sha256").hexdigest()  # type: ignore[arg-type]
    if found != package.sha256:
        part.unlink(missing_ok=True)
        raise PackageMismatch(package=f"{package.name} {package.version}", reason="its SHA-256 differs")
