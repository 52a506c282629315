"""Read one file out of a kept fragment or a layer; for the few that generated pieces build upon."""

import gzip
from collections.abc import Iterator
from pathlib import Path

from isal import isal_zlib

from builds.engine.compressor import GZIP
from builds.engine.fragments import Fragment
from builds.engine.store import Store
from builds.engine.tar import END, FILE, TarEntry, read_entries


def read_leaf(store: Store, fragment: Fragment, path: str) -> bytes:
    """Return the content of a regular file of a fragment.

    :raises KeyError: when the fragment has no such file
    """
    for entry, content in fragment_entries(store, fragment):
        if entry.path == path and entry.kind == FILE:
            return bytes(content)
    raise KeyError(path)


def fragment_entries(store: Store, fragment: Fragment) -> Iterator[tuple[TarEntry, memoryview]]:
    """Yield the entries of a kept fragment with their content, after reading all of it into memory."""
    raw = memoryview(isal_zlib.decompress(store.fragment_paths(fragment.key)[1].read_bytes(), GZIP) + END)
    for entry in read_entries(raw):
        yield entry, raw[entry.offset : entry.offset + entry.size]


def layer_entries(path: Path) -> Iterator[tuple[TarEntry, memoryview]]:
    """Yield the entries of a layer blob with their content, after reading all of it into memory."""
    raw = memoryview(gzip.decompress(path.read_bytes()))
    for entry in read_entries(raw):
        yield entry, raw[entry.offset : entry.offset + entry.size]
