"""Layers for tests: real tar archives, with the database entries of the packages they hold."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable, Mapping


def layer(
    files: Mapping[str, bytes], packages: Iterable[str] = (), *, links: Mapping[str, str] | None = None
) -> bytes:
    """A gzipped layer of `files` by path, `links` by path, and the status entries of `packages`."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        entries = {
            **files,
            **{f"var/lib/dpkg/status.d/{name}": f"Package: {name}\n".encode() for name in packages},
        }
        for folder in sorted({path.rpartition("/")[0] for path in entries} - {""}):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        for path, content in sorted(entries.items()):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o755 if "/bin/" in path else 0o644
            tar.addfile(entry, io.BytesIO(content))
        for path, target in sorted((links or {}).items()):
            entry = tarfile.TarInfo(path)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
    return gzip.compress(plain.getvalue(), mtime=0)
