"""What a catalogue to be loaded is made of. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class MadePackage:
    """A package version. `ecosystem` is "deb" or "apk"."""

    ecosystem: str
    name: str
    version: str
    licences: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class MadeRelease:
    """One published index; `holds` are all its packages."""

    published_at: datetime
    version: str
    size: int
    architectures: tuple[str, ...]
    holds: frozenset[MadePackage]


@dataclass(frozen=True, slots=True)
class MadeStream:
    """A version stream with its releases, oldest first."""

    name: str
    variant: str
    aliases: tuple[str, ...]
    releases: tuple[MadeRelease, ...]
    is_latest: bool = False
    eol_on: date | None = None


@dataclass(frozen=True, slots=True)
class MadeImage:
    """An image; its streams have different names and aliases."""

    name: str
    title: str
    summary: str
    category: str
    streams: tuple[MadeStream, ...]
    description: str = ""
    homepage: str = ""
    is_free: bool = False
    other_names: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MadeChart:
    """A chart with its versions: (version, version of the application, when), oldest first."""

    name: str
    summary: str
    readme: str
    values: str
    versions: tuple[tuple[str, str, datetime], ...]
    images: tuple[Mapping[str, str], ...] = ()
