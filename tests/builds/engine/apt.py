"""The real apt in a root of its own: the differential oracle of the resolver. It simulates; nothing is installed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from builds.engine.snapshot import Snapshot, refresh
from builds.engine.sources.archive import debian_sources

#: Where a package is fetched from, and the name that the file gets here, with what a path may not hold escaped.
_URI = re.compile(r"^'\S+' (\S+?)_(\S+?)_\S+?\.deb ", re.MULTILINE)


class AptDisagrees(AssertionError):
    """apt holds another index than our snapshot, or none, so their answers cannot be compared."""


@dataclass(frozen=True)
class Apt:
    """apt with an empty dpkg database, one suite and one architecture."""

    root: Path
    suite: str
    architecture: str

    def make(self) -> None:
        """Lay out the root and let apt fetch and verify its lists; what it has already stays.

        Raises AptDisagrees with what apt says when it cannot.
        """
        for path in ("etc/preferences.d", "lists/partial", "cache/archives/partial", "log"):
            (self.root / path).mkdir(parents=True, exist_ok=True)
        (self.root / "status").touch()
        (self.root / "etc/sources.list").write_text(
            "".join(
                f"deb [signed-by={source.keyring}] {source.uri} {source.suite} main\n"
                for source in debian_sources(self.suite)
            )
        )
        update = self._run("update", "-q")
        if update.returncode:
            raise AptDisagrees(update.stderr)

    def check_index(self, snapshot: Snapshot) -> None:
        """Hold apt's lists to the snapshot's releases. Raises AptDisagrees."""
        ours = {note.sha256 for note in snapshot.manifest.releases}
        theirs = {
            hashlib.sha256(file.read_bytes()).hexdigest() for file in (self.root / "lists").glob("*InRelease")
        }
        if ours != theirs:
            raise AptDisagrees("the archive changed between our reading and apt's")

    def install(self, *requests: str) -> dict[str, str] | None:
        """Versions by name of what apt would install, or None when it cannot.

        It is asked for what it would fetch, since simulating how that is installed takes as long again.
        """
        run = self._run("-y", "--print-uris", "--no-install-recommends", "install", *requests)
        if run.returncode:
            return None
        return {name: unquote(version) for name, version in _URI.findall(run.stdout)}

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        root, arch = self.root, self.architecture
        options = {
            "Dir::Etc::sourcelist": root / "etc/sources.list", "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null", "Dir::Etc::preferencesparts": root / "etc/preferences.d",
            "Dir::State": root, "Dir::State::lists": root / "lists", "Dir::State::status": root / "status",
            "Dir::Cache": root / "cache", "Dir::Cache::pkgcache": "pkgcache.bin",
            "Dir::Cache::srcpkgcache": "srcpkgcache.bin", "Dir::Log": root / "log", "APT::Architecture": arch,
            "Acquire::Languages": "none", "Acquire::Check-Valid-Until": "false", "APT::Sandbox::User": "root",
            "Debug::NoLocking": "true",
        }  # fmt: skip
        command = ["apt-get", *(f"-o{name}={value}" for name, value in options.items())]
        command += ["-oAPT::Architectures=", f"-oAPT::Architectures::={arch}", *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=300,
            env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
        )  # fmt: skip


def both(suite: str, architecture: str = "amd64") -> tuple[Snapshot, Apt]:
    """A snapshot and an apt that hold one index, kept between runs beside the package cache.

    The archive may change between the two readings, or fail one of them, so they are tried again once.
    """
    apt = Apt(Path.home() / f".cache/assay/apt/{suite}-{architecture}", suite, architecture)
    for is_last in (False, True):
        snapshot = refresh(suite=suite, architectures=(architecture,))
        try:
            with _alone(apt.root):
                apt.make()
                apt.check_index(snapshot)
            break
        except AptDisagrees:
            if is_last:
                raise
    return snapshot, apt


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Two apts that fetch into one folder take each other's files away."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
