"""How tags moved, as a drawing: a line for each tag, a point for each time it came to another digest.

Coordinates only; the numbers stand in the table beneath it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from registry.history import Line
from registry.names import is_unique_tag

#: Tags that are drawn, and the size of the drawing; the labels stand on its left.
MOST = 8
LEFT, WIDTH, ROW, TOP = 160, 1100, 28, 12
SHORT = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Track:
    """One tag's line: from its first movement that is known to now, or to when it was deleted."""

    name: str
    y: int
    start: float
    end: float
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """`marks` are (x, date) along the bottom."""

    tracks: tuple[Track, ...]
    marks: tuple[tuple[float, datetime, str], ...]
    #: Whether dates alone would not tell the marks apart.
    is_short: bool
    height: int
    width: int = WIDTH
    left: int = LEFT

    @property
    def moves(self) -> int:
        return sum(len(track.points) for track in self.tracks)


def timeline(lines: Sequence[Line]) -> Timeline | None:
    """The moving tags of `lines` (newest first), those that moved most often first; None where nothing moved."""
    by_tag: dict[str, list[Line]] = {}
    for line in lines:
        if not is_unique_tag(line.tag):
            by_tag.setdefault(line.tag, []).append(line)
    chosen = sorted(by_tag, key=lambda tag: (-len(by_tag[tag]), tag))[:MOST]
    if not chosen:
        return None
    now, since = timezone.now(), min(line.at for tag in chosen for line in by_tag[tag])
    span = max((now - since).total_seconds(), 1)

    def x(moment: datetime) -> float:
        return round(LEFT + (WIDTH - LEFT - 12) * (moment - since).total_seconds() / span, 1)

    tracks = tuple(
        Track(
            name=tag,
            y=TOP + ROW * at,
            start=x(by_tag[tag][-1].at),
            end=x(now if by_tag[tag][0].digest else by_tag[tag][0].at),
            points=tuple(Point(x(line.at), line.at, line.digest) for line in reversed(by_tag[tag])),
        )
        for at, tag in enumerate(chosen)
    )
    middle = since + (now - since) / 2
    marks = ((x(since), since, "start"), (x(middle), middle, "middle"), (x(now), now, "end"))
    return Timeline(tracks, marks, now - since < SHORT, TOP + ROW * len(chosen) + 16)
