"""What should be in a registry, as plain sets: the specification, without a database.

Three sets for each name that a tenant has: what must be there, what may be there, and for everything else that it
must not be seen. They differ where collection has time: what nobody needs may still be there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

RETENTION = timedelta(days=90)
PINNED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Document:
    """A manifest: its bytes, and the digests it names."""

    content: bytes
    blobs: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A tag pointed to `digest` until `at`."""

    name: str
    digest: str
    at: datetime


@dataclass
class Shelf:
    """One repository."""

    #: When each was linked last; gone from here when it was deleted, or seen to be collected.
    blobs: dict[str, datetime] = field(default_factory=dict)
    manifests: dict[str, datetime] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)

    def move(self, name: str, digest: str | None, now: datetime) -> None:
        before = self.tags.pop(name, None)
        if before is not None and before != digest:
            self.left.append(Left(name, before, now))
        if digest is not None:
            self.tags[name] = digest

    def drop_manifest(self, digest: str, now: datetime) -> None:
        for name in [name for name, named in self.tags.items() if named == digest]:
            self.move(name, None, now)
        del self.manifests[digest]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a grant shows."""

    pattern: str
    is_latest_only: bool
    begun: datetime

    def shows(self, tag: str) -> bool:
        return fnmatchcase(tag, self.pattern) and (not self.is_latest_only or tag == "latest")


class Model:
    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.layers: dict[str, bytes] = {}
        self.shelves: dict[tuple[str, str], Shelf] = {}
        self.platform = Shelf()
        self.grants: dict[str, Rule] = {}

    def type_of(self, digest: str) -> str:
        """A document's media type."""
        return str(json.loads(self.documents[digest].content)["mediaType"])

    def reached(self, shelf: Shelf, roots: Iterable[str]) -> set[str]:
        """Manifests of a shelf that roots lead to: by lists, and by what refers to them."""
        found: set[str] = set()
        waiting = [one for one in roots if one in shelf.manifests]
        while waiting:
            one = waiting.pop()
            if one in found:
                continue
            found.add(one)
            waiting += [child for child in self.documents[one].children if child in shelf.manifests]
            waiting += [other for other in shelf.manifests if self.documents[other].subject == one]
        return found

    def needed(self, shelf: Shelf, now: datetime) -> set[str]:
        """Manifests that no collection may take."""
        fresh = {digest for digest, at in shelf.manifests.items() if at > now - RETENTION}
        left = {one.digest for one in shelf.left if one.at > now - RETENTION}
        return self.reached(shelf, {*shelf.tags.values(), *left, *fresh})

    def needed_blobs(self, shelf: Shelf, now: datetime) -> set[str]:
        """Blobs that no collection may take and nobody deleted."""
        held = self.held(self.needed(shelf, now))
        return {blob for blob, at in shelf.blobs.items() if blob in held or at > now - PINNED}

    def shown(self, tenant: str, now: datetime) -> set[str]:
        """Manifests of the platform's repository that a tenant's grant shows."""
        rule = self.grants.get(tenant)
        if rule is None:
            return set()
        since = max(rule.begun, now - RETENTION)
        roots = {digest for name, digest in self.platform.tags.items() if rule.shows(name)}
        if not rule.is_latest_only:
            roots |= {one.digest for one in self.platform.left if rule.shows(one.name) and one.at >= since}
        return self.reached(self.platform, roots)

    def held(self, manifests: Iterable[str]) -> set[str]:
        return {blob for one in manifests for blob in self.documents[one].blobs}

    def kept_for_good(self) -> set[str]:
        """Blobs whose files are there when nothing has happened for longer than anything is kept."""
        shelves = [self.platform, *self.shelves.values()]
        return {blob for shelf in shelves for blob in self.held(self.reached(shelf, shelf.tags.values()))}
