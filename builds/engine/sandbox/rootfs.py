"""Unpack an image's layers into a directory, trusting nothing in them.

Every parent must be a real directory made here before, so no entry can reach outside through a link. A whiteout
hides one path of the layers below (OCI image specification 1.1, "Layer Changeset"). Not a general unpacker: one
that hides nothing, or what its own layer has, is refused, and opaque ones are, because the engine never writes them.
"""

import mmap
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, ClassVar, cast

from isal import igzip

from builds.engine.contents import WHITEOUT
from builds.engine.errors import EngineError
from builds.engine.tar import DIRECTORY, FILE, HARDLINK, SYMLINK, TarEntry, read_entries

CHUNK = 1 << 20
MAX_TOTAL = 16 << 30
#: Makes an entry of a layer, given all entries before it and the layer's bytes.
Make = Callable[[TarEntry, dict[str, TarEntry], memoryview], None]
#: Takes away what a whiteout hides.
Hide = Callable[[TarEntry], None]


class UnpackRefusedError(EngineError):
    """A layer entry that would leave the directory it is unpacked into."""

    code: ClassVar[str] = "unpack-refused"
    sentence: ClassVar[str] = "A layer cannot be unpacked: {path} {reason}."


def unpack_layers(layers: Sequence[Path], root: Path, scratch: Path) -> dict[str, TarEntry]:
    """Unpack layer blobs over each other into the empty directory ``root``; return the merged entries by path.

    Owners are set when running as root, and left alone otherwise.

    :param scratch: a directory for one uncompressed layer at a time
    :raises UnpackRefusedError: for an entry below a link, a whiteout, or too much data
    """
    merged = _merge(
        layers,
        scratch,
        lambda entry, before, data: _make(entry, root, before, data),
        lambda entry: _hide(entry, root),
    )
    for path, entry in sorted(merged.items(), reverse=True):
        if entry.kind == DIRECTORY:
            _own(root / path, entry)
    return merged


def read_layers(layers: Sequence[Path], scratch: Path) -> dict[str, TarEntry]:
    """Return the merged entries of layer blobs by path, and write none of them; see ``unpack_layers``."""
    return _merge(layers, scratch, lambda entry, before, data: None, lambda entry: None)


def _merge(layers: Sequence[Path], scratch: Path, make: Make, hide: Hide) -> dict[str, TarEntry]:
    merged: dict[str, TarEntry] = {"": TarEntry("", DIRECTORY, 0o755, 0, 0, 0, 0)}
    for layer in layers:
        raw = scratch / "layer.tar"
        with igzip.open(layer, "rb") as packed, raw.open("wb") as plain:  # type: ignore[no-untyped-call]
            _copy_bounded(cast("BinaryIO", packed), plain)
        _unpack(raw, merged, make, hide)
        raw.unlink()
    return merged


def _copy_bounded(source: BinaryIO, target: BinaryIO) -> None:
    total = 0
    while chunk := source.read(CHUNK):
        total += len(chunk)
        if total > MAX_TOTAL:
            raise UnpackRefusedError(path="the layer", reason="is too large")
        target.write(chunk)


def _unpack(raw: Path, merged: dict[str, TarEntry], make: Make, hide: Hide) -> None:
    fresh: set[str] = set()
    with (
        raw.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as data,
    ):
        for entry in read_entries(data):
            _check(entry, merged)
            if hidden := _hidden(entry, merged, fresh):
                hide(merged[hidden[0]])
                for path in hidden:
                    del merged[path]
                continue
            make(entry, merged, data)
            merged[entry.path] = entry
            fresh.add(entry.path)


def _check(entry: TarEntry, merged: dict[str, TarEntry]) -> None:
    parent = entry.path.rpartition("/")[0]
    if parent not in merged or merged[parent].kind != DIRECTORY:
        raise UnpackRefusedError(path=entry.path, reason="lies below something that is no directory")


def _hidden(entry: TarEntry, merged: dict[str, TarEntry], fresh: set[str]) -> list[str]:
    """Return what a whiteout hides, the path itself first; nothing for any other entry."""
    folder, slash, name = entry.path.rpartition("/")
    if not name.startswith(WHITEOUT):
        return []
    path = f"{folder}{slash}{name.removeprefix(WHITEOUT)}"
    if entry.kind != FILE or name.startswith(WHITEOUT * 2) or path not in merged or path == folder + slash:
        raise UnpackRefusedError(path=entry.path, reason="is a whiteout of nothing")
    is_folder = merged[path].kind == DIRECTORY
    found = [path, *(below for below in merged if is_folder and below.startswith(path + "/"))]
    if not fresh.isdisjoint(found):
        raise UnpackRefusedError(path=entry.path, reason="is a whiteout of what its own layer has")
    return found


def _hide(entry: TarEntry, root: Path) -> None:
    target = root / entry.path
    shutil.rmtree(target) if entry.kind == DIRECTORY else target.unlink()


def _make(entry: TarEntry, root: Path, merged: dict[str, TarEntry], data: memoryview) -> None:
    target = root / entry.path
    before = merged.get(entry.path)
    if entry.kind == DIRECTORY:
        if before is None:
            target.mkdir(mode=0o700)
        elif before.kind != DIRECTORY:
            raise UnpackRefusedError(path=entry.path, reason="replaces a file by a directory")
        return
    if before is not None:
        shutil.rmtree(target) if before.kind == DIRECTORY else target.unlink()
    if entry.kind == SYMLINK:
        target.symlink_to(entry.target)
    elif entry.kind == HARDLINK:
        held = merged.get(entry.target)
        if held is None or held.kind in (DIRECTORY, SYMLINK):
            raise UnpackRefusedError(path=entry.path, reason="is a hard link to something that is no file")
        os.link(root / entry.target, target, follow_symlinks=False)
        return
    else:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data[entry.offset : entry.offset + entry.size])
    _own(target, entry)


def _own(target: Path, entry: TarEntry) -> None:
    if os.geteuid() == 0:
        os.chown(target, entry.uid, entry.gid, follow_symlinks=False)
    if entry.kind != SYMLINK:
        target.chmod(entry.mode)
