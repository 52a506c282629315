"""Package search for the wizard, from the newest index snapshot; no network and no database."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from builds import solve
from builds.engine.errors import SnapshotMissing
from builds.engine.snapshot import open_current
from builds.refusals import IndexNotReady

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Found:
    """One package; `size` is of its archive, in bytes."""

    name: str
    version: str
    description: str
    size: int
    is_reviewed: bool


def find(text: str, *, suite: str = "", architecture: str = "amd64") -> list[Found]:
    """The best matches of `text` in a suite, the installation's own unless given. Raises IndexNotReady before
    its first index.
    """
    suite = suite or settings.BUILD_SUITE
    if not text.strip():
        return []
    try:
        index = open_current(suite, root=settings.SNAPSHOT_ROOT).index(architecture)
    except SnapshotMissing as error:
        raise IndexNotReady from error
    return [
        Found(
            fact.name, fact.version, fact.description, fact.size, solve.book().is_reviewed(fact.name, suite)
        )
        for fact in index.facts.search(text[:100], limit=SHOWN)
    ]
