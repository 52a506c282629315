"""Read only the installing scripts of packages: the first bytes of each file are enough.

What was read is kept beside the package cache by the package's digest. Nothing read here is verified.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from builds.engine.deb.ar import members
from builds.engine.deb.package import read_control
from builds.engine.durable import write_file
from builds.engine.errors import PackageUnreadableError
from builds.engine.fetch import PARALLEL, package_file
from builds.engine.lock import LockedPackage
from builds.engine.recipes.book import INSTALLING
from builds.engine.resolve.solving import locked
from builds.engine.snapshot import Snapshot
from builds.engine.sources.archive import Source
from builds.engine.sources.transport import Transport

#: Bytes asked for, one try after another, until the control archive is whole.
STARTS = (1 << 15, 1 << 20, 1 << 24)


@dataclass(frozen=True)
class Reader:
    """Reads scripts from the package cache, from what was read before, or from the archive."""

    sources: Mapping[str, Source]
    transport: Transport
    cache: Path
    kept: Path

    def scripts(self, packages: Sequence[LockedPackage]) -> dict[str, dict[str, bytes]]:
        """Return the installing scripts of each package by its name.

        :raises ArchiveUnreachable: when the archive does not answer
        :raises PackageUnreadableError: when a file is no package
        """
        with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
            return dict(zip((p.name for p in packages), pool.map(self._scripts, packages), strict=True))

    def _scripts(self, package: LockedPackage) -> dict[str, bytes]:
        kept = self.kept / package.sha256[:2] / f"{package.sha256}.json"
        if kept.exists():
            texts: dict[str, str] = json.loads(kept.read_bytes())
        else:
            texts = {name: text.decode("latin-1") for name, text in self._read(package).items()}
            write_file(kept, json.dumps(texts).encode())
        return {name: text.encode("latin-1") for name, text in texts.items()}

    def _read(self, package: LockedPackage) -> dict[str, bytes]:
        file = package_file(self.cache, package.sha256)
        for size in STARTS:
            if file.is_file():
                with file.open("rb") as opened:
                    start = opened.read(size)
            else:
                start = self.transport.read_start(self.sources[package.origin], package.path, size=size)
            scripts = scripts_in(start, package.name)
            if scripts is not None:
                return scripts
        raise PackageUnreadableError(package=package.name, reason="its control archive is too large")


def newest(snapshot: Snapshot, architecture: str, names: Iterable[str]) -> list[LockedPackage]:
    """Return the newest version of each package that the architecture has."""
    facts = snapshot.index(architecture).facts
    return [locked(found[0], "") for name in names if (found := facts.by_name(name))]


def scripts_in(start: bytes, package: str) -> dict[str, bytes] | None:
    """Return the installing scripts found in the first bytes of a package; None when more are needed."""
    for name, body in members(memoryview(start), package, is_start=True):
        if name.startswith("control.tar"):
            scripts = read_control(name, body, package)["scripts"]
            return {kind: scripts[kind] for kind in INSTALLING if kind in scripts}
    return None
