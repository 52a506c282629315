"""Tar archives, read: ustar, GNU long names and PAX (POSIX.1-2017, pax), over a buffer in memory or mapped.

Every entry that is not understood is refused. Not in charge of writing headers (``tar_header``), of content or
of order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from builds.engine.errors import EngineError

BLOCK = 512
END = bytes(2 * BLOCK)
FILE, HARDLINK, SYMLINK, DIRECTORY = "file", "hardlink", "symlink", "directory"
_KINDS = {b"0": FILE, b"\0": FILE, b"7": FILE, b"1": HARDLINK, b"2": SYMLINK, b"5": DIRECTORY}
_MAX_EXTENSION = 64 * 1024
CHECKSUM = "APK-TOOLS.checksum.SHA1"
_RECORDS = (b"path", b"linkpath", b"size", b"uid", b"gid", CHECKSUM.encode())


class TarRefusedError(EngineError):
    """An archive member that an image must not hold, or a header that cannot be trusted."""

    code: ClassVar[str] = "archive-member"
    sentence: ClassVar[str] = "The archive holds {what}, which is refused: {path}."


@dataclass(slots=True)
class TarEntry:
    """One member. ``path`` and a hard link's ``target`` are relative, without a leading “./”.

    ``offset`` and ``size`` say where the content lies in the buffer read from; ``size`` is bytes. ``sha1`` is what
    an apk's header says of the content (of a link: of its target), in hexadecimal.
    """

    path: str
    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    target: str = ""
    offset: int = 0
    sha1: str = ""


def read_entries(data: memoryview) -> Iterator[TarEntry]:
    """Yield the members of an uncompressed tar archive in their order.

    :raises TarRefusedError: for devices, unknown types, bad checksums, hostile names, truncated data
    """
    at, extended = 0, dict[str, str]()
    while at + BLOCK <= len(data):
        header = bytes(data[at : at + BLOCK])
        at += BLOCK
        if header.count(0) == BLOCK:
            return
        _verify(header)
        size, flag = _size(header, extended), header[156:157]
        if size < 0 or at + size > len(data):
            raise TarRefusedError(what="a truncated member", path=_show(header[:100]))
        if flag in (b"x", b"L", b"K", b"g"):
            if size > _MAX_EXTENSION:
                raise TarRefusedError(what="an oversized header", path=_show(header[:100]))
            extended |= _extension(flag, bytes(data[at : at + size]))
        else:
            yield _entry(header, flag, size, at, extended)
            extended = {}
        at += -(-size // BLOCK) * BLOCK
    raise TarRefusedError(what="no end", path="(archive)")


def _verify(header: bytes) -> None:
    stored = _number(header[148:156])
    if stored != sum(header) - sum(header[148:156]) + 8 * 32:
        raise TarRefusedError(what="a damaged header", path=_show(header[:100]))


def _number(field: bytes) -> int:
    if field[0] & 0x80:  # GNU base-256, for what octal cannot hold
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    digits = field.strip(b" \0")
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        raise TarRefusedError(what="a damaged number", path=_show(field)) from None


def _size(header: bytes, extended: dict[str, str]) -> int:
    if "size" not in extended or header[156:157] in (b"x", b"L", b"K", b"g"):
        return _number(header[124:136])
    if not (extended["size"].isascii() and extended["size"].isdecimal()):
        raise TarRefusedError(what="a damaged size", path=_show(header[:100]))
    return int(extended["size"])


def _extension(flag: bytes, body: bytes) -> dict[str, str]:
    if flag == b"g":
        return {}
    if flag in (b"L", b"K"):
        return {"path" if flag == b"L" else "linkpath": _text(body.rstrip(b"\0"))}
    records: dict[str, str] = {}
    at = 0
    while at < len(body):
        space = body.find(b" ", at)
        length = int(body[at:space]) if space > at and body[at:space].isdigit() else 0
        record = body[space + 1 : at + length]
        if length <= 0 or at + length > len(body) or not record.endswith(b"\n") or b"=" not in record:
            raise TarRefusedError(what="a damaged extended header", path=_show(body[:60]))
        key, _, value = record[:-1].partition(b"=")
        if key in _RECORDS:
            records[key.decode()] = _text(value)
        elif key.startswith((b"SCHILY.xattr.", b"LIBARCHIVE.xattr.", b"GNU.sparse")):
            raise TarRefusedError(what="extended attributes or a sparse file", path=_show(key))
        at += length
    return records


def _entry(header: bytes, flag: bytes, size: int, at: int, extended: dict[str, str]) -> TarEntry:
    name = extended.get("path") or _short_name(header)
    kind = _KINDS.get(flag)
    if kind is None:
        raise TarRefusedError(what="a device, a pipe or an unknown type of member", path=name[:200])
    target = ""
    if kind in (SYMLINK, HARDLINK):
        target = extended.get("linkpath") or _text(header[157:257].split(b"\0", 1)[0])
        target = normal_path(target) if kind == HARDLINK else _link_target(target, name)
    return TarEntry(
        path=normal_path(name), kind=kind, mode=_number(header[100:108]) & 0o7777,
        uid=_owner(extended, "uid", header[108:116]), gid=_owner(extended, "gid", header[116:124]),
        size=size if kind == FILE else 0, mtime=_number(header[136:148]), target=target, offset=at,
        sha1=extended.get(CHECKSUM, ""),
    )  # fmt: skip


def _short_name(header: bytes) -> str:
    """Return the name as ustar has it; where it is extended, this one may be cut within a character."""
    raw = _text(header[:100].split(b"\0", 1)[0])
    prefix = _text(header[345:500].split(b"\0", 1)[0]) if header[257:263] == b"ustar\0" else ""
    return f"{prefix}/{raw}" if prefix else raw


def _owner(extended: dict[str, str], key: str, field: bytes) -> int:
    given = extended.get(key)
    if given is None:
        return _number(field)
    if not (given.isascii() and given.isdecimal()):
        raise TarRefusedError(what="a damaged owner", path=ascii(given[:60]))
    return int(given)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise TarRefusedError(what="a name that is not UTF-8", path=_show(raw)) from None


def _show(raw: bytes) -> str:
    return ascii(raw[:200].split(b"\0", 1)[0].decode("ascii", "backslashreplace"))


def _has_control(text: str) -> bool:
    return not text.isprintable() and any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in text)


def _link_target(target: str, name: str) -> str:
    if not target or _has_control(target):
        raise TarRefusedError(what="a link to nowhere or to a hostile name", path=ascii(name[:200]))
    return target


def normal_path(name: str) -> str:
    """Return ``name`` relative to the root, without “./” and a trailing “/”; the root itself is "".

    :raises TarRefusedError: when it is absolute, climbs with “..”, or holds control characters
    """
    path = name.removeprefix("./").removesuffix("/")
    if path in ("", "."):
        return ""
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "" in parts or "." in parts:
        raise TarRefusedError(what="a path outside the root or not normalised", path=ascii(name[:200]))
    if _has_control(path) or ("\\" in path and "\\x" not in path) or len(path) > 4096:
        raise TarRefusedError(what="a hostile name", path=ascii(name[:200]))
    return path
