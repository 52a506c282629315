"""Judge many requests: what each leads to, which packages need no recipe, what a missing review blocks."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from builds.engine.errors import EngineError
from builds.engine.lock import LockedPackage
from builds.engine.recipes import RecipeBook, UnreviewedPackageError
from builds.engine.recipes.book import INSTALLING
from builds.engine.recipes.scripts import residue, residue_digest
from builds.engine.resolve import resolve
from builds.engine.snapshot import Snapshot

REQUESTS = Path(__file__).parent / "requests.yaml"


@dataclass(frozen=True, slots=True)
class Closures:
    """What each request leads to; ``refused`` maps a request that leads nowhere to the reason."""

    packages: Mapping[str, LockedPackage]
    needs: Mapping[str, frozenset[str]]
    refused: Mapping[str, str]

    def blocked_by(self, package: str) -> list[str]:
        """Return the requests that need a package."""
        return sorted(request for request, names in self.needs.items() if package in names)


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """A package whose scripts do something that nobody has reviewed: what is left, by kind of script."""

    package: str
    left: Mapping[str, str]
    digests: tuple[str, ...]
    blocks: tuple[str, ...]


def read_requests(path: Path = REQUESTS) -> list[tuple[str, ...]]:
    """Return the committed requests, each of one package."""
    body: dict[str, Any] = yaml.safe_load(path.read_bytes())
    return [(name,) for names in body["requests"].values() for name in names]


def close(
    snapshot: Snapshot, requests: Iterable[tuple[str, ...]], *, architecture: str, book: RecipeBook
) -> Closures:
    """Solve each request alone, as an image without a base would."""
    packages: dict[str, LockedPackage] = {}
    needs: dict[str, frozenset[str]] = {}
    refused: dict[str, str] = {}
    for request in requests:
        title = " ".join(request)
        try:
            found = resolve(
                snapshot, architecture=architecture, packages=request, elide=book.elisions, need=book.needs
            )
        except EngineError as error:
            refused[title] = str(error)
            continue
        needs[title] = frozenset(package.name for package in found)
        packages.update((package.name, package) for package in found)
    return Closures(packages, needs, refused)


def usable(scripts: Mapping[str, Mapping[str, bytes]], book: RecipeBook) -> list[str]:
    """Return the packages, by name, whose scripts are those that somebody read, or need no reading."""
    found = []
    for name, texts in sorted(scripts.items()):
        with suppress(UnreviewedPackageError):
            book.judge(name, texts)
            found.append(name)
    return found


def judge_all(
    closures: Closures, scripts: Mapping[str, Mapping[str, bytes]], book: RecipeBook
) -> tuple[list[str], list[Unreviewed]]:
    """Return the packages that need no recipe, by name, and the unreviewed ones, most in the way first."""
    plain, unreviewed = [], []
    for package in sorted(set(closures.packages) - set(book.recipes)):
        texts = {kind: scripts[package][kind] for kind in INSTALLING if kind in scripts[package]}
        digests = {kind: residue_digest(text, package) for kind, text in texts.items()}
        open_ones = {
            kind: digest for kind, digest in digests.items() if digest and digest not in book.harmless
        }
        if not open_ones:
            plain.append(package)
            continue
        left = {kind: residue(texts[kind], package) for kind in open_ones}
        blocks = tuple(closures.blocked_by(package))
        unreviewed.append(Unreviewed(package, left, tuple(open_ones.values()), blocks))
    return plain, sorted(unreviewed, key=lambda one: (-len(one.blocks), one.package))
