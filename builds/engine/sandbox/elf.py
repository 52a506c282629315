"""Read from an ELF file what its loader will ask for. System V ABI, 64-bit, little-endian; nothing is run."""

import struct
from dataclasses import dataclass
from typing import BinaryIO

# gabi: e_machine, by the formats' names of architectures.
MACHINES = {"amd64": 62, "arm64": 183}
_INTERPRETER, _DYNAMIC, _LOAD = 3, 2, 1
_NEEDED, _STRINGS, _RUNPATH, _RPATH = 1, 5, 29, 15
MAX_TABLE = 1 << 22


@dataclass(frozen=True, slots=True)
class Elf:
    """``needed`` are names of libraries, ``run_path`` directories to look for them first (``$ORIGIN`` unresolved)."""

    machine: int
    interpreter: str
    needed: tuple[str, ...]
    run_path: tuple[str, ...]


def read_elf(file: BinaryIO) -> Elf | None:
    """Return what a file says to its loader; None when it is not such a file, or a damaged one."""
    head = file.read(64)
    if len(head) < 64 or head[:6] != b"\x7fELF\x02\x01":
        return None
    try:
        return _read(file, head)
    except (struct.error, ValueError, UnicodeDecodeError):
        return None


def _read(file: BinaryIO, head: bytes) -> Elf:
    machine = struct.unpack_from("<H", head, 18)[0]
    table, size, count = struct.unpack_from("<Q", head, 32)[0], *struct.unpack_from("<HH", head, 54)
    rows = _at(file, table, size * count)
    segments = [struct.unpack_from("<IIQQQQ", rows, size * row) for row in range(count)]
    interpreter, dynamic = "", b""
    for kind, _, offset, _, _, length in segments:
        if kind == _INTERPRETER:
            interpreter = _at(file, offset, length).rstrip(b"\0").decode()
        elif kind == _DYNAMIC:
            dynamic = _at(file, offset, length)
    entries = [struct.unpack_from("<qQ", dynamic, at) for at in range(0, len(dynamic) - 15, 16)]
    address = next((value for tag, value in entries if tag == _STRINGS), None)
    start = _offset(segments, address) if address is not None else None
    needed = [_string(file, start, value) for tag, value in entries if tag == _NEEDED]
    paths = [_string(file, start, value) for tag, value in entries if tag in (_RUNPATH, _RPATH)]
    return Elf(
        machine, interpreter, tuple(needed), tuple(one for path in paths for one in path.split(":") if one)
    )


def _offset(segments: list[tuple[int, ...]], address: int) -> int | None:
    """Return where in the file a virtual address lies."""
    for kind, _, offset, start, _, length in segments:
        if kind == _LOAD and start <= address < start + length:
            return offset + address - start
    return None


def _string(file: BinaryIO, start: int | None, at: int) -> str:
    if start is None:
        raise ValueError
    file.seek(start + at)
    return file.read(4096).partition(b"\0")[0].decode()


def _at(file: BinaryIO, offset: int, length: int) -> bytes:
    if length > MAX_TABLE:
        raise ValueError
    file.seek(offset)
    return file.read(length)
