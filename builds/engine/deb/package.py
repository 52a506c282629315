"""Read a .deb: its control fields, its scripts (as bytes to review, never to run) and its files.

The file is hashed before anything in it is believed. Decompression is bounded while it streams, so a
bomb ends early. Not in charge of what an image keeps of a package; see ``fragments``.
"""

import hashlib
import lzma
import mmap
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

from builds.engine.deb.ar import members
from builds.engine.durable import disk_full_named
from builds.engine.errors import PackageBombError, PackageMismatch, PackageUnreadableError
from builds.engine.tar import FILE, TarEntry, read_entries

CHUNK = 1 << 20
PIECE = 1 << 16
MAX_CONTROL = 16 << 20
MAX_DATA = 8 << 30
SLACK = 64 << 20
SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "config")


@dataclass(frozen=True, slots=True)
class DebPackage:
    """An opened package. ``data`` is its uncompressed file archive; it is valid while open."""

    fields: Mapping[str, str]
    paragraph: bytes
    scripts: Mapping[str, bytes]
    md5sums: Mapping[str, str]
    data: memoryview

    def entries(self) -> Iterator[TarEntry]:
        """Yield the files; raise ``TarRefusedError`` for what an image must not hold."""
        return read_entries(self.data)


@contextmanager
def open_package(path: Path, *, sha256: str, installed_size: int = 0) -> Iterator[DebPackage]:
    """Open the package at ``path`` after checking that it is the locked one.

    :param sha256: hex digest that the signed index gives
    :param installed_size: bytes that the index promises; the unpacked size may not exceed four times that
    :raises PackageMismatch: when the digest differs
    :raises PackageUnreadableError: when it is not a .deb
    :raises PackageBombError: when it unpacks to too much
    :raises DiskFull: when there is no room to unpack it
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        whole = memoryview(mapped)
        try:
            if hashlib.sha256(whole).hexdigest() != sha256:
                raise PackageMismatch(
                    package=path.name, reason="its sha256 is not the one in the signed index"
                )
            with _opened(whole, path.name, installed_size) as package:
                yield package
        finally:
            whole.release()


@contextmanager
def _opened(whole: memoryview, name: str, installed_size: int) -> Iterator[DebPackage]:
    parts = [(part, body) for part, body in members(whole, name) if not part.startswith("_")]
    try:
        shape = [part.partition(".")[0] for part, _ in parts]
        if shape != ["debian-binary", "control", "data"] or bytes(parts[0][1])[:2] != b"2.":
            raise PackageUnreadableError(package=name, reason="its members are not those of a .deb")
        control = read_control(parts[1][0], parts[1][1], name)
        limit = min(max(4 * installed_size, 0) + SLACK, MAX_DATA)
        with tempfile.TemporaryFile(prefix="assay-data-") as spill:
            with disk_full_named(Path(tempfile.gettempdir())):
                for chunk in decompress(parts[2][0], parts[2][1], name, limit):
                    spill.write(chunk)
                spill.flush()
            if spill.tell() == 0:
                raise PackageUnreadableError(package=name, reason="its file archive is empty")
            with (
                mmap.mmap(spill.fileno(), 0, access=mmap.ACCESS_READ) as unpacked,
                memoryview(unpacked) as data,
            ):
                yield DebPackage(data=data, **control)
    finally:
        for _, body in parts:
            body.release()


def decompress(member: str, body: memoryview, package: str, limit: int) -> Iterator[bytes]:
    """Yield the uncompressed bytes of a tar member, by the compression its name says.

    :raises PackageBombError: as soon as more than ``limit`` bytes came out
    :raises PackageUnreadableError: when the compression is unknown or the data damaged
    """
    total = 0
    try:
        for chunk in _chunks(member.partition(".tar")[2], body, package):
            total += len(chunk)
            if total > limit:
                raise PackageBombError(package=package, limit=limit)
            yield chunk
    except (lzma.LZMAError, zlib.error, zstandard.ZstdError, EOFError) as error:
        raise PackageUnreadableError(package=package, reason=f"{member} is damaged ({error})") from error


def _chunks(kind: str, body: memoryview, package: str) -> Iterator[bytes]:
    if kind == ".xz":
        yield from _streamed(lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=512 << 20), body)
    elif kind == ".zst":
        with zstandard.ZstdDecompressor(max_window_size=128 << 20).stream_reader(body) as reader:
            while chunk := reader.read(CHUNK):
                yield chunk
    elif kind == ".gz":
        yield from _inflated(body)
    elif kind == "":
        yield bytes(body)
    else:
        raise PackageUnreadableError(package=package, reason=f"its compression {kind} is not supported")


def _streamed(machine: lzma.LZMADecompressor, body: memoryview) -> Iterator[bytes]:
    yield machine.decompress(body, CHUNK)
    while not machine.eof:
        if machine.needs_input:
            raise EOFError("the stream ends early")
        yield machine.decompress(b"", CHUNK)


def _inflated(body: memoryview) -> Iterator[bytes]:
    machine: Any = zlib.decompressobj(31)
    for at in range(0, len(body), PIECE):  # small pieces: what a chunk leaves over is copied each time
        rest: bytes | memoryview = body[at : at + PIECE]
        while rest and not machine.eof:
            yield machine.decompress(rest, CHUNK)
            rest = machine.unconsumed_tail
    while not machine.eof:
        if not (chunk := machine.decompress(b"", CHUNK)):
            raise EOFError("the stream ends early")
        yield chunk


def read_control(member: str, body: memoryview, package: str) -> dict[str, Any]:
    """Return the fields of ``DebPackage`` that the control archive holds; ``member`` names its compression.

    :raises PackageUnreadableError: when it is damaged
    """
    data = memoryview(b"".join(decompress(member, body, package, MAX_CONTROL)))
    files = {
        entry.path: bytes(data[entry.offset : entry.offset + entry.size])
        for entry in read_entries(data)
        if entry.kind == FILE
    }
    if "control" not in files:
        raise PackageUnreadableError(package=package, reason="it has no control file")
    paragraph = files["control"].strip(b"\n") + b"\n"
    return {
        "fields": parse_paragraph(paragraph, package),
        "paragraph": paragraph,
        "scripts": {name: files[name] for name in SCRIPTS if name in files},
        "md5sums": _md5sums(files.get("md5sums", b"")),
    }


def parse_paragraph(raw: bytes, package: str) -> dict[str, str]:
    """Return the fields of one control paragraph (Debian policy 5.1); later lines keep their breaks."""
    try:
        lines = raw.decode().splitlines()
    except UnicodeDecodeError:
        raise PackageUnreadableError(package=package, reason="its control file is not UTF-8") from None
    fields: dict[str, str] = {}
    last = ""
    for line in lines:
        if line[:1] in (" ", "\t") and last:
            fields[last] += "\n" + line.strip()
        elif ":" in line:
            last, _, value = line.partition(":")
            fields[last] = value.strip()
        else:
            raise PackageUnreadableError(package=package, reason="its control file is damaged")
    return fields


def _md5sums(raw: bytes) -> dict[str, str]:
    pairs = (line.partition("  ") for line in raw.decode("utf-8", "replace").splitlines())
    return {path: digest for digest, _, path in pairs if len(digest) == 32 and path}
