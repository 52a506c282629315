"""What lists say of an image: kept beside it, so that no list of thousands asks every stream and release.

`note` is called by whoever changes an image, its streams or their newest release. Not in charge of who sees
the image (`catalog.search`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from catalog.models import Image, Release, VersionStream
from catalog.sentences import NO_SHELL, in_every_language, paragraphs

#: Letters of a description that are searched, its commands left out.
SEARCHED = 2000
FACTS = (
    *("newest", "newest_at", "newest_size", "variants", "architectures", "ends_on"),
    *("said", "names", "words"),
)


class OfStream(Protocol):
    """What is told of a stream; `eol_on` is None while nobody said when it ends."""

    @property
    def variant(self) -> str: ...
    @property
    def eol_on(self) -> date | None: ...


class OfRelease(Protocol):
    """What is told of a release; `platforms` are by name."""

    @property
    def published_at(self) -> datetime: ...
    @property
    def size(self) -> int: ...
    @property
    def platforms(self) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True)
class Facts:
    """What streams and the newest release of each come to; words stand between blanks."""

    newest: OfRelease | None
    variants: str
    architectures: str
    ends_on: date | None

    def said(self, category: str) -> str:
        """`Image.said` of an image of that category."""
        return f"{self.variants}|{self.architectures}|{category}"

    @property
    def newest_at(self) -> datetime | None:
        return self.newest.published_at if self.newest else None

    @property
    def newest_size(self) -> int | None:
        return self.newest.size if self.newest else None


def facts_of(streams: Iterable[OfStream], releases: Iterable[OfRelease | None]) -> Facts:
    """Of streams, the latest first; `releases` are the newest of each, None before the first."""
    streams, found = list(streams), list(releases)
    ends = [stream.eol_on for stream in streams]
    return Facts(
        newest=next((release for release in found if release is not None), None),
        variants=_spaced(stream.variant for stream in streams),
        architectures=_spaced(name for release in found if release for name in release.platforms),
        ends_on=max((day for day in ends if day), default=None) if all(ends) else None,
    )


def note(image: Image) -> None:
    """Write down what `image` and its streams say now; part of the caller's transaction."""
    streams = list(image.streams.order_by("-is_latest", "variant", "name"))
    set_facts(image, streams, _newest(streams))
    image.save(update_fields=FACTS)


def set_facts(image: Image, streams: Iterable[VersionStream], releases: Iterable[Release | None]) -> None:
    """Set the facts without saving them; `releases` are the newest of the `streams`, None before the first."""
    found = list(releases)
    facts = facts_of(streams, found)
    image.newest = next((release for release in found if release is not None), None)
    image.newest_at, image.newest_size = facts.newest_at, facts.newest_size
    image.variants, image.architectures, image.ends_on = facts.variants, facts.architectures, facts.ends_on
    image.said = facts.said(image.category)
    image.names = " ".join([image.name, image.title, *image.other_names, *image.replaces]).lower()
    told = [one for one in paragraphs(image.description) if one != NO_SHELL]
    said = (image.summary, "\n\n".join(told)[:SEARCHED])
    # Each once, in order: what is searched for is within a word.
    image.words = " ".join(dict.fromkeys(" ".join(in_every_language(text) for text in said).lower().split()))


def _newest(streams: list[VersionStream]) -> list[Release | None]:
    return [stream.releases.defer("spec", "lock").order_by("-published_at").first() for stream in streams]


def _spaced(values: Iterable[str]) -> str:
    return f" {' '.join(sorted(set(values)))} "
