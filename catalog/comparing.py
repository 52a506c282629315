"""What differs between two releases of a repository: packages, configuration, files, sizes, and what was fixed.

Not in charge of whether they may be seen: both came through a view.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import QuerySet

from catalog import changelogs, layers
from catalog.changelogs import Fix
from catalog.layers import File
from catalog.models import PackageSpan, Release
from catalog.models.package import PackageSpanQuerySet
from tenants.compiled import compiled

#: Files shown by name; the counts are complete.
MOST_FILES = 400


@dataclass(frozen=True, slots=True)
class Change:
    """Something that differs; "" where it is absent. `kind` is added, removed, newer, older or changed."""

    name: str
    before: str
    after: str
    kind: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """A path that differs, and in what: "content", "size 3 → 5", "mode 0644 → 0755"."""

    path: str
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Compared:
    """`files` is None while a layer of either was not read. `fixes` are names that only the later one's changelogs have."""

    before: Release
    after: Release
    architecture: str
    packages: tuple[Change, ...]
    config: tuple[Change, ...]
    files: tuple[FileChange, ...] | None
    file_counts: Mapping[str, int]
    fixes: tuple[Fix, ...]
    lost_fixes: tuple[Fix, ...]

    @property
    def size_change(self) -> int:
        return self.after.size - self.before.size

    @property
    def more_files(self) -> int:
        return sum(self.file_counts.values()) - len(self.files or ())


def compared(before: Release, after: Release) -> Compared:
    """Compare `before` with `after` on the first architecture that both have."""
    architecture = next((name for name in after.platforms if name in before.platforms), "")
    old, new = (release.platforms.get(architecture) or {} for release in (before, after))
    files = _files(old, new)
    counts: dict[str, int] = {}
    for one in files or ():
        counts[one.kind] = counts.get(one.kind, 0) + 1
    held, holds = _held(before), _held(after)
    had, has = _fixes(held, holds)
    return Compared(
        before=before,
        after=after,
        architecture=architecture,
        packages=tuple(_changes(held, holds)),
        config=tuple(_config(old.get("config") or {}, new.get("config") or {})),
        files=None if files is None else tuple(files[:MOST_FILES]),
        file_counts=counts,
        fixes=_told(has - had),
        lost_fixes=_told(had - has),
    )


def _fixes(old: Mapping[str, _Package], new: Mapping[str, _Package]) -> tuple[set[Fix], set[Fix]]:
    """What changelogs of either name, of sources that both have and that are not the same in both.

    What came or went has neither fixed nor lost anything.
    """
    one_only = {package.source for package in {*old.values()} ^ {*new.values()}}
    both = {package.source for package in old.values()} & {package.source for package in new.values()}
    sources = one_only & both
    keys = [{one.pk for one in held.values() if one.source in sources} for held in (old, new)]
    known = changelogs.fixes_of(keys[0] | keys[1])
    had, has = ({fix for key in of for fix in known[key] if fix.package in sources} for of in keys)
    return had, has


def _told(fixes: set[Fix]) -> tuple[Fix, ...]:
    in_order = sorted(
        fixes, key=lambda one: (changelogs.in_numbers(one.name), one.package, one.version), reverse=True
    )
    return tuple(in_order)


def package_changes(before: Release, after: Release) -> Iterator[Change]:
    """Packages added, removed and moved to another version, by name."""
    return _changes(_held(before), _held(after))


class _Package(NamedTuple):
    version: str
    #: Sorts as versions do.
    key: bytes
    source: str
    pk: int


def _held(release: Release) -> dict[str, _Package]:
    """By name."""
    if release.stream_id is None:
        rows = list(_facts(release.package_links))
    else:
        rows = _held_at(release.repository_id, release.stream_id, release.pk)
    return {
        name: _Package(version, bytes(key), source or name, pk) for name, version, key, source, pk in rows
    }


#: Name, version, its key, source, and the version's id.
_Row = tuple[str, str, bytes, str, int]


def _facts(links: PackageSpanQuerySet) -> QuerySet[PackageSpan, _Row]:
    named = ("version__package__name", "version__version", "version__key", "version__source", "version")
    return links.values_list(*named)


@compiled
def _held_at(repository: int, stream: int, release: int) -> QuerySet[PackageSpan, _Row]:
    return _facts(PackageSpan.objects.of_line(repository, stream).at(release))


def _changes(old: Mapping[str, _Package], new: Mapping[str, _Package]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if was is None or now is None:
            kind = "added" if now else "removed"
            yield Change(name, was.version if was else "", now.version if now else "", kind)
        elif was[:2] != now[:2]:
            yield Change(name, was.version, now.version, "newer" if now.key > was.key else "older")


def _config(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Fields of the image's configuration, each variable and label for itself."""
    was, now = dict(_fields(old)), dict(_fields(new))
    for name in sorted(was.keys() | now.keys()):
        before, after = was.get(name, ""), now.get(name, "")
        if before != after:
            kind = "added" if not before else "removed" if not after else "changed"
            yield Change(name, before[:300], after[:300], kind)


def _fields(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in config.items():
        if key == "Env" and isinstance(value, list):
            yield from ((f"Env {one.partition('=')[0]}", one.partition("=")[2]) for one in map(str, value))
        elif isinstance(value, dict):
            yield from ((f"{key} {name}", str(one) if one else "set") for name, one in value.items())
        elif isinstance(value, list):
            yield key, " ".join(map(str, value))
        elif value not in (None, ""):
            yield key, str(value)


def _files(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FileChange] | None:
    was, now = (layers.files_of(layer["digest"] for layer in one.get("layers") or []) for one in (old, new))
    if was is None or now is None:
        return None
    found = []
    for path in sorted(was.keys() | now.keys()):
        before, after = was.get(path), now.get(path)
        if before != after:
            kind = "added" if before is None else "removed" if after is None else "changed"
            found.append(FileChange(path, kind, _what(before, after)))
    return found


def _what(before: File | None, after: File | None) -> str:
    if before is None or after is None:
        return (before or after or File("", "", "", 0, "")).kind
    named = [
        f"{field} {was} → {now}"
        for field, was, now in zip(File._fields[:4], before[:4], after[:4], strict=True)
        if was != now
    ]
    if before.mark != after.mark:
        named.append("content" if after.kind == "file" else f"leads to {after.mark}")
    return ", ".join(named)
