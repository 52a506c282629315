"""A first look into a package's files while they are at hand: what nobody should ship.

Findings are data; whether one stops a release is decided elsewhere. Vulnerabilities are not looked for
here: they change while the bytes do not.
"""

import bisect
from typing import Any

from builds.engine.contents import Contents
from builds.engine.formats import OpenedPackage
from builds.engine.lock import LockedPackage
from builds.engine.tar import FILE

RULES = 1
KEY_MARKS = (b"-----BEGIN RSA PRIVATE KEY-----", b"-----BEGIN PRIVATE KEY-----", b"-----BEGIN OPENSSH PRIVATE KEY-----",
             b"-----BEGIN EC PRIVATE KEY-----")  # fmt: skip
# e_machine of ELF (gabi), by the formats' names of architectures.
MACHINES = {"amd64": 62, "x86_64": 62, "arm64": 183, "aarch64": 183}


def scan(opened: OpenedPackage, contents: Contents, package: LockedPackage) -> list[dict[str, str]]:
    """Return findings as ``{"rule", "path", "detail"}``: world-writable files, private keys, foreign programs."""
    found = []
    for entry in contents.leaves:
        if entry.kind == FILE and entry.mode & 0o002:
            found.append(_finding("world-writable", entry.path, f"{entry.mode:04o}"))
        if entry.kind == FILE and entry.size > 64 and entry.offset:
            found += _foreign(
                bytes(opened.data[entry.offset : entry.offset + 20]), entry.path, package.architecture
            )
    return found + _keys(opened.data, contents)


def _finding(rule: str, path: str, detail: str) -> dict[str, str]:
    return {"rule": rule, "path": path, "detail": detail}


def _foreign(head: bytes, path: str, architecture: str) -> list[dict[str, str]]:
    """Find programs for another machine in a package that names one."""
    expected = MACHINES.get(architecture)
    if expected is None or head[:4] != b"\x7fELF":
        return []
    machine = int.from_bytes(head[18:20], "little")
    return [] if machine == expected else [_finding("foreign-machine", path, f"ELF machine {machine}")]


def _keys(data: memoryview, contents: Contents) -> list[dict[str, str]]:
    """Find private keys by searching the whole archive at once, then looking up whose bytes they are.

    A mark right before a line break starts a key; the same text inside a program is a format string.
    """
    whole: Any = data.obj  # the mapping itself searches without copying
    files = sorted(
        (e.offset, e.offset + e.size, e.path) for e in contents.leaves if e.kind == FILE and e.offset
    )
    starts = [start for start, _, _ in files]
    found = {}
    for mark in KEY_MARKS:
        at = whole.find(mark)
        while at >= 0:
            index = bisect.bisect_right(starts, at) - 1
            if index >= 0 and at < files[index][1] and _is_key(whole[at + len(mark) : at + len(mark) + 66]):
                found[files[index][2]] = _finding("private-key", files[index][2], mark.decode().strip("-"))
            at = whole.find(mark, at + 1)
    return [found[path] for path in sorted(found)]


def _is_key(after: bytes) -> bool:
    line = after.lstrip(b"\r\n").partition(b"\n")[0]
    return after[:1] in (b"\r", b"\n") and len(line) >= 60 and line.rstrip().isascii() and b" " not in line
