"""What is built: an image of forty packages, and forty more upon it; everything downloaded before the clock runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from builds.engine.deb.package import open_package
from builds.engine.fetch import default_cache, fetch_packages
from builds.engine.lock import Lock, LockedPackage
from builds.engine.locking import make_lock
from builds.engine.resolve import resolve
from builds.engine.snapshot import Snapshot, refresh
from builds.engine.sources.archive import debian_sources
from builds.engine.spec import Spec
from builds.engine.spec.values import BaseImage

SUITE, ARCHITECTURE = "trixie", "amd64"
BASE = ("ca-certificates", "python3.13", "media-types", "netbase", "tzdata", "curl", "libpq5", "libxml2")
ADDED = ("git", "jq", "sqlite3", "imagemagick-7.q16")


@dataclass(frozen=True)
class Workload:
    """Spec and lock of the first image, and what is added for the second."""

    snapshot: Snapshot
    spec: Spec
    lock: Lock
    cache: Path

    @property
    def packages(self) -> tuple[LockedPackage, ...]:
        return self.lock.packages[ARCHITECTURE]

    def for_apt(self, names: tuple[str, ...]) -> tuple[LockedPackage, ...]:
        """What apt chooses for a request: also what only maintainer scripts need. Downloads it."""
        found = resolve(self.snapshot, architecture=ARCHITECTURE, packages=names)
        fetch_packages(found, sources=debian_sources(SUITE))
        return found

    def golden(self, manifest: str, index: str, *, packages: tuple[str, ...] = (), mark: str = "") -> Spec:
        """The spec of an image upon the first one, whose manifest and index are built."""
        base = BaseImage(f"bench@{index}", {ARCHITECTURE: manifest}, self.spec, self.lock)
        return Spec(suite=SUITE, packages=packages, env={"MARK": mark or "none"}, base=base)

    def locked(self, spec: Spec) -> Lock:
        """Lock a spec and download what it adds."""
        lock = self.relock(spec)
        fetch(lock)
        return lock

    def relock(self, spec: Spec) -> Lock:
        """Lock a spec; nothing is downloaded."""
        return make_lock(spec, self.snapshot)


def fetch(lock: Lock) -> None:
    packages = [package for found in lock.packages.values() for package in found]
    fetch_packages(packages, sources=debian_sources(lock.suite))


def prepare() -> Workload:
    """Bring the index up to date, solve, download."""
    snapshot = refresh(suite=SUITE)
    spec = Spec(suite=SUITE, packages=BASE, entrypoint=("/usr/bin/python3.13",), user="nonroot")
    lock = make_lock(spec, snapshot)
    fetch(lock)
    return Workload(snapshot, spec, replace(lock), default_cache())


def flat_repository(packages: tuple[LockedPackage, ...], cache: Path, target: Path) -> None:
    """Lay packages out as a repository of files that apt reads: exactly these, at exactly these versions."""
    target.mkdir()
    stanzas = []
    for package in packages:
        file = cache / "sha256" / package.sha256[:2] / package.sha256
        name = f"{package.name}.deb"
        (target / name).hardlink_to(file)
        with open_package(file, sha256=package.sha256, installed_size=package.installed_size) as deb:
            paragraph = deb.paragraph.decode()
        stanzas.append(f"{paragraph}Filename: ./{name}\nSize: {package.size}\nSHA256: {package.sha256}\n")
    (target / "Packages").write_text("\n".join(stanzas))
