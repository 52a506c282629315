"""A gzipped tar that somebody sent, in memory: only plain files within it, and never more than a bound.

Each refusal has its own code. Not in charge of what the files are (`catalog.charts.archive`).
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Iterator

from catalog.charts.refusals import ChartRefused
from registry.document import is_storable

MOST_UNPACKED = 20 << 20
MOST_ENTRIES = 2000
LONGEST_PATH = 250
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def unpacked(content: bytes, most: int = MOST_UNPACKED) -> dict[str, bytes]:
    """The content of each file by its path, of `most` bytes at most. Raises ChartRefused."""
    return _files(_plain(content, most))


def _plain(content: bytes, most: int) -> bytes:
    """Never more than a byte beyond the bound, whatever the archive would become."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            plain = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ChartRefused("chart-not-archive", "This is no gzipped tar archive (.tgz).") from error
    if len(plain) > most:
        raise ChartRefused("chart-bomb", f"Unpacked it has more than {MOST_UNPACKED >> 20} MiB.")
    return plain


def _files(plain: bytes) -> dict[str, bytes]:
    """Content by path. Only files and folders, each path once, none of them outside."""
    found: dict[str, bytes] = {}
    seen: set[str] = set()
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
            for path, entry in _entries(archive):
                if path.casefold() in seen:
                    raise ChartRefused(
                        "chart-twice", f"The archive has {path[:80]} twice, or differing in case only."
                    )
                seen.add(path.casefold())
                reader = archive.extractfile(entry)
                found[path] = reader.read() if reader is not None else b""
            # A header that it cannot read ends an archive for the library, without a word.
            if plain[archive.offset :].strip(b"\0"):
                raise ChartRefused("chart-not-archive", "The archive is damaged.")
    except (tarfile.TarError, ValueError, OverflowError, EOFError, RecursionError, MemoryError) as error:
        if isinstance(error, ChartRefused):
            raise
        raise ChartRefused(
            "chart-not-archive", "The archive is damaged, or no tar archive at all."
        ) from error
    if not found:
        raise ChartRefused("chart-not-archive", "There is nothing in the archive.")
    for path in found:
        if both := next((folder for folder in _folders(path) if folder in found), None):
            raise ChartRefused("chart-twice", f"{both[:80]} is a file and a folder.")
    return found


def _folders(path: str) -> Iterator[str]:
    return (path[:at] for at, char in enumerate(path) if char == "/")


def _entries(archive: tarfile.TarFile) -> Iterator[tuple[str, tarfile.TarInfo]]:
    """Each file with its checked path."""
    last = -1
    for number, entry in enumerate(archive, start=1):
        if number > MOST_ENTRIES:
            raise ChartRefused("chart-too-many-files", f"A chart has at most {MOST_ENTRIES} files.")
        # A header with a negative size would send the reader back over what it has read.
        if entry.offset <= last or entry.size < 0:
            raise ChartRefused("chart-not-archive", "The archive is damaged.")
        last = entry.offset
        path = _path(entry.name.rstrip("/") if entry.isdir() else entry.name)
        if entry.islnk() or entry.issym():
            raise ChartRefused("chart-link", f"{path[:80]} is a link; a chart has files only.")
        if not (entry.isreg() or entry.isdir()) or entry.issparse():
            raise ChartRefused("chart-special-file", f"{path[:80]} is no ordinary file.")
        if entry.isreg():
            yield path, entry


def _path(name: str) -> str:
    parts = name.split("/")
    is_plain = all(part not in ("", ".", "..") for part in parts) and ":" not in parts[0]
    if (
        not is_plain
        or "\\" in name
        or _CONTROL.search(name)
        or not is_storable(name)
        or len(name) > LONGEST_PATH
    ):
        raise ChartRefused("chart-path", f"The path {name[:80]!r} does not lie plainly within the chart.")
    return name
