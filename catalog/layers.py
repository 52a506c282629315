"""Which files the layers of releases hold: read once in the background, so that a page can tell two releases apart.

Not in charge of what a layer should hold (the engine) nor of who may see it: callers come through a view.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from functools import lru_cache
from typing import Any, NamedTuple

import zstandard

from catalog.models import LayerListing, Release
from registry import storage
from registry.models import Blob

#: Releases looked at, and layers read, at a time; what is left comes at the next.
WINDOW, MOST = 300, 60
MAX_ENTRIES = 200_000
MAX_UNPACKED = 8 << 30
STATUS = "var/lib/dpkg/status.d/"
_WHITEOUT = ".wh."
_KINDS = {tarfile.REGTYPE: "file", tarfile.AREGTYPE: "file", tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "link",
          tarfile.LNKTYPE: "hard link"}  # fmt: skip


class File(NamedTuple):
    """One entry: `mark` is what a link leads to, or the beginning of the content's SHA-256."""

    kind: str
    mode: str
    owner: str
    size: int
    mark: str


class _Unreadable(ValueError):
    """A layer that is no archive, or one that would never end."""


def list_layers() -> int:
    """Read layers of the newest releases that nobody has read; how many."""
    newest = Release.objects.order_by("-pk").values_list("platforms", flat=True)[:WINDOW]
    wanted = list(dict.fromkeys(digest for platforms in newest for digest in layers_of(platforms)))
    known = set(LayerListing.objects.filter(digest__in=wanted).values_list("digest", flat=True))
    waiting = [digest for digest in wanted if digest not in known]
    blobs = Blob.objects.filter(digest__in=waiting[: 10 * MOST], state=Blob.State.LIVE)[:MOST]
    for blob in blobs:
        LayerListing.objects.get_or_create(digest=blob.digest, defaults=_listed(blob))
    return len(blobs)


def layers_of(platforms: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Digests of all layers of a release's platforms."""
    for platform in platforms.values():
        layers = platform.get("layers")
        yield from (str(layer["digest"]) for layer in (layers if isinstance(layers, list) else []))


def files_of(digests: Iterable[str]) -> dict[str, File] | None:
    """The files that these layers come to, one upon the other; None while one of them was not read."""
    digests = list(digests)
    rows = LayerListing.objects.filter(digest__in=digests, trouble="").values_list("digest", "content")
    contents = {digest: bytes(content) for digest, content in rows}
    if len(contents) < len(set(digests)):
        return None
    merged: dict[str, File] = {}
    for digest in digests:
        for path, file in _parsed(digest, contents[digest]).items():
            folder, _, name = path.rpartition("/")
            if name == f"{_WHITEOUT}{_WHITEOUT}.opq":
                _remove(merged, folder, keep_itself=True)
            elif name.startswith(_WHITEOUT):
                hidden = name.removeprefix(_WHITEOUT)
                _remove(merged, f"{folder}/{hidden}" if folder else hidden, keep_itself=False)
            else:
                merged[path] = file
    return merged


def _remove(files: dict[str, File], path: str, *, keep_itself: bool) -> None:
    for one in [one for one in files if one.startswith(f"{path}/") or (one == path and not keep_itself)]:
        del files[one]


def _listed(blob: Blob) -> dict[str, object]:
    """The fields of a listing; with trouble for what cannot be read."""
    try:
        files = dict(_entries(blob))
    except (
        _Unreadable,
        tarfile.TarError,
        OSError,
        EOFError,
        ValueError,
        zlib.error,
        zstandard.ZstdError,
    ) as error:
        return {"trouble": f"{type(error).__name__}: {error}"[:200]}
    names = (path.removeprefix(STATUS) for path in files if path.startswith(STATUS))
    return {
        "entries": len(files),
        "size": sum(file.size for file in files.values()),
        "packages": sorted(name for name in names if name and not name.endswith(".md5sums")),
        "content": _written(files),
    }


def _entries(blob: Blob) -> Iterator[tuple[str, File]]:
    total = 0
    pieces = storage.current().read(blob.storage_key, blob.size)
    with closing(pieces), tarfile.open(fileobj=_unpacked(pieces), mode="r|") as archive:
        for number, entry in enumerate(archive):
            total += max(entry.size, 0)
            if number > MAX_ENTRIES or total > MAX_UNPACKED or entry.size < 0:
                message = "it holds more than is read"
                raise _Unreadable(message)
            path = entry.name.strip("/").removeprefix("./")
            if path and path != ".":
                yield path, _file(archive, entry)


def _file(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> File:
    mark = entry.linkname
    if entry.isreg() and (reader := archive.extractfile(entry)) is not None:
        hashed = hashlib.sha256()
        while piece := reader.read(1 << 20):
            hashed.update(piece)
        mark = hashed.hexdigest()[:16]
    kind = _KINDS.get(entry.type, "special")
    return File(kind, f"{entry.mode & 0o7777:04o}", f"{entry.uid}:{entry.gid}", entry.size, mark)


def _unpacked(pieces: Iterator[bytes]) -> io.BufferedIOBase:
    """The layer's tar as a stream, by what its first bytes say it is packed with."""
    raw = io.BufferedReader(_Pieces(pieces), 1 << 20)
    first = raw.peek(4)[:4]
    if first[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=raw)
    if first == b"\x28\xb5\x2f\xfd":
        unpacked: io.BufferedIOBase = io.BufferedReader(
            zstandard.ZstdDecompressor(max_window_size=128 << 20).stream_reader(raw),
            1 << 20,
        )
        return unpacked
    return raw


class _Pieces(io.RawIOBase):
    """Bytes that come in pieces, as a file to read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        taken = self._rest[: len(view)]
        view[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


def _written(files: Mapping[str, File]) -> bytes:
    """Fields end with NUL, which no path has."""
    lines = (
        "\0".join((path, file.kind, file.mode, file.owner, str(file.size), file.mark))
        for path, file in files.items()
    )
    return zlib.compress("\0\n".join(lines).encode("utf-8", "surrogateescape"), 6)


@lru_cache(maxsize=48)
def _parsed(digest: str, content: bytes) -> dict[str, File]:
    text = zlib.decompress(content).decode("utf-8", "replace")
    found: dict[str, File] = {}
    for line in text.split("\0\n") if text else ():
        path, kind, mode, owner, size, mark = line.split("\0")
        found[path] = File(kind, mode, owner, int(size), mark)
    return found
