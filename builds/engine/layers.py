"""Layers: a member of directories, the fragments' members as they are, an end. Nothing is compressed twice.

A layer never has a path twice: directories lie only in its first member, and two owners of one path are
refused. What a layer is made of names it, so a layer made once is only looked up afterwards. Not in
charge of which packages belong together (``plan``).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from builds.engine import compressor
from builds.engine.canonical import digest_of
from builds.engine.contents import PathConflictError
from builds.engine.errors import EngineError
from builds.engine.fragments import Fragment
from builds.engine.store import Store
from builds.engine.tar import DIRECTORY, END, TarEntry
from builds.engine.tar_header import header_of, padding

VERSION = 1
PIECE = 1 << 16
PLAIN_MODE = 0o755


class CacheDamagedError(EngineError):
    """A kept fragment whose bytes are no longer those that were kept."""

    code = "cache-damaged"
    is_fault = True
    sentence = "The kept fragment of {package} is damaged; it must be made again."

    def __init__(self, *, package: str, key: str) -> None:
        super().__init__(package=package)
        self.key = key


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer blob. ``size`` and ``raw_size`` are bytes compressed and not.

    ``special`` are the directories it sets to other than 0755 root, ``[path, mode, uid, gid, mtime]``;
    ``plain`` are the paths of the others.
    """

    digest: str
    diff_id: str
    size: int
    raw_size: int
    special: tuple[tuple[str, int, int, int, int], ...]
    plain: tuple[str, ...]
    is_new: bool = False


def layer_key(fragment_keys: Sequence[str]) -> str:
    """Return the key of a layer made of these fragments, in this order."""
    return digest_of([VERSION, compressor.NAME, list(fragment_keys)]).removeprefix("sha256:")


def known_layer(store: Store, key: str) -> Layer | None:
    """Return the layer remembered under ``key`` if its blob is still here."""
    answer = store.recall("layers", key)
    if answer is None or not store.has_blob(answer["digest"], answer["size"]):
        return None
    special = tuple((path, mode, uid, gid, mtime) for path, mode, uid, gid, mtime in answer.pop("special"))
    return Layer(**{**answer, "special": special, "plain": tuple(answer["plain"])})


def make_layer(store: Store, fragments: Sequence[Fragment]) -> Layer:
    """Join fragments into a layer, or look it up.

    :raises PathConflictError: when two fragments own one path
    :raises CacheDamagedError: when a kept fragment's bytes have changed
    """
    key = layer_key([fragment.key for fragment in fragments])
    known = known_layer(store, key)
    if known is not None:
        return known
    directories = join_directories(fragments)
    with store.scratch() as file:
        writer = LayerWriter(file)
        writer.add(_head(directories))
        for fragment in fragments:
            writer.copy(fragment, store)
        layer = writer.finish(directories)
        store.keep(file, store.blob_path(layer.digest), durable=True)
    store.remember("layers", key, _facts(layer))
    return layer


def layer_size(fragments: Sequence[Fragment]) -> int:
    """Return the bytes of the layer that ``make_layer`` makes of these fragments, without making it.

    :raises PathConflictError: when two fragments own one path
    """
    around = (_head(join_directories(fragments)), END)
    return sum(fragment.size for fragment in fragments) + sum(
        len(compressor.member(raw)) for raw in around if raw
    )


def _head(directories: Mapping[str, TarEntry]) -> bytes:
    return b"".join(header_of(directories[path]) for path in sorted(directories))


def join_directories(fragments: Iterable[Fragment]) -> dict[str, TarEntry]:
    """Return all directories of a layer by path: those packages declare, and the parents of every path.

    :raises PathConflictError: when two fragments own a path, or one's file is another's directory
    """
    owners: dict[str, str] = {}
    directories: dict[str, TarEntry] = {}
    newest = 0
    for fragment in fragments:
        newest = max(newest, fragment.newest)
        for leaf in fragment.leaves:
            first = owners.setdefault(leaf[0], fragment.package)
            if first != fragment.package:
                raise PathConflictError(path=leaf[0], first=first, second=fragment.package)
        for path, mode, uid, gid, mtime in fragment.directories:
            _declare(directories, TarEntry(path, DIRECTORY, mode, uid, gid, 0, mtime))
    for path in [*owners, *directories]:
        _add_parents(directories, path, newest)
    for path in directories.keys() & owners.keys():
        raise PathConflictError(path=path, first=owners[path], second="a package that has a directory there")
    return directories


def _declare(directories: dict[str, TarEntry], entry: TarEntry) -> None:
    """Keep what deviates from 0755 root; among equals, the newest time."""
    held = directories.get(entry.path)
    if held is None or (not _is_special(held) and _is_special(entry)):
        directories[entry.path] = entry
    elif (held.mode, held.uid, held.gid) == (entry.mode, entry.uid, entry.gid):
        held.mtime = max(held.mtime, entry.mtime)


def _is_special(entry: TarEntry) -> bool:
    return (entry.mode, entry.uid, entry.gid) != (PLAIN_MODE, 0, 0)


def _add_parents(directories: dict[str, TarEntry], path: str, mtime: int) -> None:
    at = path.rfind("/")
    while at > 0 and path[:at] not in directories:
        directories[path[:at]] = TarEntry(path[:at], DIRECTORY, PLAIN_MODE, 0, 0, 0, mtime)
        at = path.rfind("/", 0, at)


class LayerWriter:
    """Writes members one after another, hashing what goes out and what it holds."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._outer, self._inner = hashlib.sha256(), hashlib.sha256()
        self._size = self._raw_size = 0

    def _put(self, packed: bytes | memoryview) -> None:
        self._outer.update(packed)
        self._size += len(packed)
        self._file.write(packed)

    def add(self, raw: bytes) -> None:
        """Compress ``raw`` as one member; nothing is written for nothing."""
        if raw:
            self._inner.update(raw)
            self._raw_size += len(raw)
            self._put(compressor.member(raw))

    def copy(self, fragment: Fragment, store: Store) -> None:
        """Append a kept member as it is, checking it against what was kept."""
        packed = store.fragment_paths(fragment.key)[1].read_bytes()
        if hashlib.sha256(packed).hexdigest() != fragment.sha256:
            raise CacheDamagedError(package=fragment.package, key=fragment.key)
        self._put(packed)
        machine = compressor.decompressor()
        view = memoryview(packed)
        for at in range(0, len(view), PIECE):  # small pieces: what a piece leaves over is copied each time
            raw = machine.decompress(view[at : at + PIECE])
            self._inner.update(raw)
            self._raw_size += len(raw)

    def finish(self, directories: Mapping[str, TarEntry]) -> Layer:
        """Write the end of the archive and return what was made."""
        self.add(END)
        special = [directories[path] for path in sorted(directories) if _is_special(directories[path])]
        return Layer(
            digest="sha256:" + self._outer.hexdigest(), diff_id="sha256:" + self._inner.hexdigest(),
            size=self._size, raw_size=self._raw_size,
            special=tuple((e.path, e.mode, e.uid, e.gid, e.mtime) for e in special),
            plain=tuple(path for path in sorted(directories) if not _is_special(directories[path])), is_new=True,
        )  # fmt: skip


def make_small_layer(store: Store, entries: Mapping[str, tuple[TarEntry, bytes]]) -> Layer:
    """Make a layer from entries in memory: generated pieces and a customer's files.

    :param entries: path to entry and content; parents that are missing are not invented
    """
    ordered = sorted(entries.values(), key=lambda item: item[0].path)
    directories = {entry.path: entry for entry, _ in ordered if entry.kind == DIRECTORY}
    with store.scratch() as file:
        writer = LayerWriter(file)
        writer.add(b"".join(header_of(entry) for entry in directories.values()))
        writer.add(b"".join(_packed(entry, content) for entry, content in ordered if entry.kind != DIRECTORY))
        layer = writer.finish(directories)
        if store.has_blob(layer.digest, layer.size):
            return replace(layer, is_new=False)
        store.keep(file, store.blob_path(layer.digest), durable=True)
    return layer


def _packed(entry: TarEntry, content: bytes) -> bytes:
    return header_of(entry) + content + padding(len(content))


def _facts(layer: Layer) -> dict[str, Any]:
    return {
        "digest": layer.digest, "diff_id": layer.diff_id, "size": layer.size, "raw_size": layer.raw_size,
        "special": [list(item) for item in layer.special], "plain": list(layer.plain),
    }  # fmt: skip
