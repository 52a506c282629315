"""What an image takes from one package: its entries, mapped, filtered, checked and put in order.

Works on the package's own archive and its recipe; knows nothing of caches, layers or compression.
"""

import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from builds.engine.errors import EngineError
from builds.engine.filters import MERGED, is_dropped, merged
from builds.engine.recipes.values import PackageRecipe
from builds.engine.tar import DIRECTORY, FILE, HARDLINK, SYMLINK, TarEntry


class PathConflictError(EngineError):
    """A path that would be in one place twice, or below something that is no directory."""

    code: ClassVar[str] = "path-conflict"
    sentence: ClassVar[str] = "{path} comes from {first} and from {second}; only one of them can own it."


class SetuidRefusedError(EngineError):
    """A set-id program that is not on the allow-list."""

    code: ClassVar[str] = "setuid-refused"
    sentence: ClassVar[str] = (
        "{package} has the set-id program {path}, which is not on the list of allowed ones."
    )


class WhiteoutRefusedError(EngineError):
    """A package's path that would hide files of the layers below it."""

    code: ClassVar[str] = "whiteout-refused"
    sentence: ClassVar[str] = "{package} has {path}, which would hide files of other layers."


#: Names that begin so take away what lies below (OCI image specification 1.1, "Layer Changeset").
WHITEOUT = ".wh."
# Their set-id bit is removed instead of refusing the package: no image needs them to gain rights.
DISARMED = re.compile(
    r"usr/(?:s?bin|lib)/(?:.*/)?(?:su|mount|umount|passwd|chsh|chfn|newgrp|gpasswd|sudo|chage|expiry|unix_chkpwd"
    r"|ssh-agent|ssh-keysign|ping|ntfs-3g|fusermount3?|pkexec|dbus-daemon-launch-helper|mount\.nfs|utempter|write"
    r"|wall|bsd-write|crontab|at|locate|plocate|chage|newuidmap|newgidmap|polkit-agent-helper-1)"
)


@dataclass(frozen=True, slots=True)
class Contents:
    """The kept entries of a package: ``leaves`` in path order, ``directories`` by path.

    ``inline`` holds the bytes of leaves that do not come from the package's archive.
    """

    leaves: tuple[TarEntry, ...]
    directories: Mapping[str, TarEntry]
    inline: Mapping[str, bytes]
    newest: int


def contents_of(entries: Iterable[TarEntry], package: str, recipe: PackageRecipe) -> Contents:
    """Take a package's entries and apply its recipe.

    :raises TarRefusedError: for members that an image must not hold
    :raises PathConflictError: for a path that is there twice, or below a file or link
    :raises SetuidRefusedError: for a set-id program that is not on the list
    :raises WhiteoutRefusedError: for a path that would hide others
    """
    leaves, directories = _collect(entries, package, recipe)
    newest = max((entry.mtime for entry in [*leaves.values(), *directories.values()]), default=0)
    inline = _apply(recipe, leaves, directories, newest, package)
    _restore_links(leaves)
    for path in leaves:
        _check_parents(path, leaves, package)
    return Contents(tuple(leaves[path] for path in sorted(leaves)), directories, inline, newest)


def _collect(
    entries: Iterable[TarEntry], package: str, recipe: PackageRecipe
) -> tuple[dict[str, TarEntry], dict[str, TarEntry]]:
    leaves: dict[str, TarEntry] = {}
    directories: dict[str, TarEntry] = {}
    for entry in entries:
        path = merged(entry.path)
        removed = any(fnmatch.fnmatchcase(path, pattern) for pattern in recipe.remove)
        if path == "" or (entry.path in MERGED and entry.kind != FILE):
            continue
        if path in leaves or (path in directories and entry.kind != DIRECTORY):
            raise PathConflictError(path=path, first=package, second=package)
        if "/" + WHITEOUT in "/" + path:
            raise WhiteoutRefusedError(package=package, path=path)
        entry.path = path
        if entry.kind == DIRECTORY:
            if not removed and not is_dropped(path) and not is_dropped(path + "/"):
                directories[path] = entry
        elif entry.kind == HARDLINK:
            entry.target = merged(entry.target)
            leaves[path] = entry
        else:
            leaves[path] = _safe(entry, package)
    _materialise(leaves, package)
    for path in list(leaves):
        if is_dropped(path) or any(fnmatch.fnmatchcase(path, pattern) for pattern in recipe.remove):
            del leaves[path]
    return leaves, {path: entry for path, entry in directories.items() if path not in leaves}


def _safe(entry: TarEntry, package: str) -> TarEntry:
    if entry.kind == SYMLINK:
        entry.mode = 0o777
    elif entry.mode & 0o6000:
        if not DISARMED.fullmatch(entry.path):
            raise SetuidRefusedError(package=package, path=entry.path)
        entry.mode &= 0o1777
    return entry


def _materialise(leaves: dict[str, TarEntry], package: str) -> None:
    """Turn hard links into entries that know their content, so that any of them may be left out."""
    for path, entry in leaves.items():
        if entry.kind != HARDLINK:
            continue
        first = leaves.get(entry.target)
        if first is None or first.kind not in (FILE, HARDLINK) or first is entry or not first.offset:
            raise PathConflictError(path=path, first=package, second="a hard link to something else")
        leaves[path] = replace(first, path=path)


def _restore_links(leaves: dict[str, TarEntry]) -> None:
    """Spell files that share their content in the archive as hard links to the first of them."""
    first: dict[int, str] = {}
    for path in sorted(leaves):
        entry = leaves[path]
        if entry.kind == FILE and entry.offset and entry.size:
            if entry.offset in first:
                leaves[path] = replace(entry, kind=HARDLINK, target=first[entry.offset], size=0)
            else:
                first[entry.offset] = path


def _apply(
    recipe: PackageRecipe,
    leaves: dict[str, TarEntry],
    directories: dict[str, TarEntry],
    newest: int,
    package: str,
) -> dict[str, bytes]:
    inline: dict[str, bytes] = {}
    for item in recipe.directories:
        path = item.path[1:]
        directories[path] = TarEntry(path, DIRECTORY, item.mode, item.uid, item.gid, 0, newest)
    for link in recipe.links:
        _place(leaves, TarEntry(link.path[1:], SYMLINK, 0o777, 0, 0, 0, newest, link.target), package)
    for file in recipe.files:
        inline[file.path[1:]] = file.content
        _place(
            leaves,
            TarEntry(file.path[1:], FILE, file.mode, file.uid, file.gid, len(file.content), newest),
            package,
        )
    for item in recipe.owners:
        path = item.path[1:]
        held = leaves if path in leaves else directories
        if path not in held:
            raise PathConflictError(
                path=path, first=f"the recipe of {package}", second="nothing in the package"
            )
        held[path] = replace(held[path], mode=item.mode, uid=item.uid, gid=item.gid)
    return inline


def _place(leaves: dict[str, TarEntry], entry: TarEntry, package: str) -> None:
    if entry.path in leaves:
        raise PathConflictError(path=entry.path, first=package, second=f"the recipe of {package}")
    leaves[entry.path] = entry


def _check_parents(path: str, leaves: Mapping[str, TarEntry], package: str) -> None:
    at = path.find("/")
    while at > 0:
        if path[:at] in leaves:
            raise PathConflictError(path=path, first=package, second=f"the same package, as {path[:at]}")
        at = path.find("/", at + 1)
