"""Options for an apk repository in place of Debian's archive, and what follows from either."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builds.engine.apk.pin import pin
from builds.engine.apk.source import ApkSource, apk_source
from builds.engine.errors import BadArchiveSetting
from builds.engine.fetch import default_cache
from builds.engine.locking import Pin
from builds.engine.sources.archive import DEFAULT_SUITE, debian_sources

APK_SUITE = "apk"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where packages come from: repositories, or Debian's archive without them.

    ``kept_as`` names the newest snapshot of them.
    """

    suite: str
    repositories: tuple[ApkSource, ...]
    kept_as: str

    @property
    def format_name(self) -> str:
        return "apk" if self.repositories else "deb"

    @property
    def sources(self) -> Sequence[Any]:
        """Raise ``NoArchive`` where there is none."""
        return self.repositories or debian_sources(self.suite)

    @property
    def is_local(self) -> bool:
        """Tell whether looking at the index again asks no network."""
        return bool(self.repositories) and all(source.is_local for source in self.repositories)

    def pin(self, cache: Path | None) -> Pin:
        """Give what completes locked packages where the index says too little."""
        if not self.repositories:
            return tuple
        return lambda packages: pin(packages, sources=self.repositories, cache=cache or default_cache())


def add_origin_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what names an apk repository."""
    group = parser.add_argument_group("apk repositories, in place of Debian's archive")
    group.add_argument(
        "--apk", action="append", default=[], metavar="[NAME=]PLACE",
        help="address or folder with a directory for each architecture; may be repeated",
    )  # fmt: skip
    group.add_argument(
        "--key", dest="keys", action="append", default=[], type=Path, metavar="FILE",
        help="public key that a repository is trusted by; may be repeated",
    )  # fmt: skip
    group.add_argument(
        "--unsigned", action="append", default=[], metavar="NAME",
        help="take this repository although nothing in it is signed; may be repeated",
    )  # fmt: skip


def origin_of(arguments: argparse.Namespace, suite: str) -> Origin:
    """Read the options; without ``--apk`` packages are Debian's.

    :raises BadArchiveSetting: for what cannot be used, or a name that comes twice or not at all
    """
    sources = apk_sources(*(getattr(arguments, name, []) for name in ("apk", "keys", "unsigned")))
    if not sources:
        return Origin(suite, (), suite)
    if suite == DEFAULT_SUITE:
        suite = APK_SUITE
    whole = hashlib.sha256("\n".join(f"{one.id} {one.uri} {one.trust}" for one in sources).encode())
    return Origin(suite, sources, f"apk-{suite}-{whole.hexdigest()[:16]}")


def apk_sources(
    places: Sequence[str], keys: Sequence[Path], unsigned: Sequence[str]
) -> tuple[ApkSource, ...]:
    """Describe the repositories of ``--apk``, the first by the name ``apk`` unless it is given one."""
    found: dict[str, ApkSource] = {}
    for number, given in enumerate(places, start=1):
        name, equals, place = given.partition("=")
        if not equals or "/" in name:
            name, place = "apk" if number == 1 else f"apk-{number}", given
        if name in found:
            raise BadArchiveSetting(address=name[:60], reason="two repositories have that name")
        is_unsigned = name in unsigned
        found[name] = apk_source(place, id_=name, keys=() if is_unsigned else keys, is_unsigned=is_unsigned)
    for name in unsigned:
        if name not in found:
            raise BadArchiveSetting(address=name[:60], reason="no repository has that name")
    return tuple(found.values())
