"""Gives apk packages their sha256: fetches them, checks each against the signed index and its own signature.

An apk index names a package by the SHA-1 of its control part only. A lock names files by sha256, so locking
fetches what the cache lacks. What was checked is remembered as a link beside the cache's files, named by
checksum and trusted keys; whoever opens a file hashes it again.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from builds.engine.apk.package import verify_package
from builds.engine.apk.source import ApkSource
from builds.engine.durable import disk_full_named, sync_directory
from builds.engine.fetch import (
    PARALLEL,
    Tally,
    alone,
    default_cache,
    download,
    is_here,
    package_file,
    source_of,
)
from builds.engine.lock import LockedPackage
from builds.engine.sources.transport import Transport

_SHA256 = re.compile(r"[0-9a-f]{64}")


def pin(
    packages: Iterable[LockedPackage],
    *,
    sources: Sequence[ApkSource],
    cache: Path | None = None,
    transport: Transport | None = None,
) -> tuple[LockedPackage, ...]:
    """Return the packages with their sha256, in the same order; those that have one stay as they are.

    Raises ``PackageUntrustedError``, ``PackageMismatch``, ``PackageUnreadableError``, ``ApkVersionError``,
    ``ArchiveUnreachable``, ``DiskFull``.
    """
    root, own = cache or default_cache(), transport or Transport()
    by_id = {source.id: source for source in sources}
    try:
        with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
            return tuple(pool.map(lambda package: _pinned(package, by_id, root, own), packages))
    finally:
        if transport is None:
            own.close()


def _pinned(
    package: LockedPackage, sources: Mapping[str, ApkSource], cache: Path, transport: Transport
) -> LockedPackage:
    if package.sha256:
        return package
    source = source_of(package, sources)
    digest = base64.b64decode(package.checksum[2:]).hex()
    link = cache / "apk" / digest[:2] / f"{digest}-{source.trust}"
    sha256 = _remembered(link, package, cache) or _fetched(link, package, source, cache, transport)
    return dataclasses.replace(package, sha256=sha256)


def _remembered(link: Path, package: LockedPackage, cache: Path) -> str:
    try:
        sha256 = link.readlink().name
    except OSError:
        return ""
    is_kept = _SHA256.fullmatch(sha256) and is_here(package_file(cache, sha256), package)
    return sha256 if is_kept else ""


def _fetched(link: Path, package: LockedPackage, source: ApkSource, cache: Path, transport: Transport) -> str:
    with disk_full_named(link):
        link.parent.mkdir(parents=True, exist_ok=True)
        part = link.with_name(f".{link.name}.part")
        with alone(part) as out:
            transport.retry(source, package.path, lambda: download(package, source, out, transport, Tally()))
            out.flush()
            try:
                sha256 = verify_package(part, package, None if source.is_unsigned else source.ring)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            os.fsync(out.fileno())
            os.fchmod(out.fileno(), 0o644)
            file = package_file(cache, sha256)
            file.parent.mkdir(parents=True, exist_ok=True)
            part.replace(file)
            sync_directory(file.parent)
        _remember(link, file)
    return sha256


def _remember(link: Path, file: Path) -> None:
    new = link.with_name(f".{link.name}.{os.getpid()}.{file.name[:8]}")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    new.symlink_to(os.path.relpath(file, link.parent))
    new.replace(link)
