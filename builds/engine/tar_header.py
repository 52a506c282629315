"""Tar headers, written: the few bytes that decide whether an image is reproducible.

One spelling for each entry: ustar where the values fit, PAX before it where they do not (POSIX.1-2017, pax, "ustar
Interchange Format"). Not in charge of content, compression or order.
"""

from builds.engine.tar import BLOCK, DIRECTORY, FILE, HARDLINK, SYMLINK, TarEntry

_FLAGS = {FILE: b"0", HARDLINK: b"1", SYMLINK: b"2", DIRECTORY: b"5"}
_MAX_OCTAL = 0o7777777


def header_of(entry: TarEntry) -> bytes:
    """Return the header blocks for ``entry``: a PAX header first when ustar cannot hold it.

    Owner names are left empty: ids are what an image means.
    """
    name = entry.path + "/" if entry.kind == DIRECTORY else entry.path
    records = {}
    raw, prefix = name.encode(), b""
    if len(raw) > 100 or not raw.isascii():
        split = _split(raw) if raw.isascii() else None
        if split:
            prefix, raw = split
        else:
            records["path"] = name
            raw = raw[:100]
    link = entry.target.encode()
    if len(link) > 100 or not link.isascii():
        records["linkpath"] = entry.target
        link = link[:100]
    for key, value in (("uid", entry.uid), ("gid", entry.gid)):
        if value > _MAX_OCTAL:
            records[key] = str(value)
    if entry.size > 0o77777777777:
        records["size"] = str(entry.size)
    block = _block(raw, prefix, link, _FLAGS[entry.kind], entry)
    return _pax(records) + block if records else block


def _split(raw: bytes) -> tuple[bytes, bytes] | None:
    """Split a path at a “/” so that the halves fit ustar's prefix (155) and name (100)."""
    at = raw.find(b"/", len(raw) - 101)
    if 0 < at <= 155 and at < len(raw) - 1:
        return raw[:at], raw[at + 1 :]
    return None


def _block(name: bytes, prefix: bytes, link: bytes, flag: bytes, entry: TarEntry) -> bytes:
    uid, gid = min(entry.uid, _MAX_OCTAL), min(entry.gid, _MAX_OCTAL)
    head = b"%-100b%07o\0%07o\0%07o\0%011o\0%011o\0" % (
        b"", entry.mode, uid, gid, min(entry.size, 0o77777777777), entry.mtime,
    )  # fmt: skip
    head = name.ljust(100, b"\0") + head[100:]
    tail = (
        flag
        + link.ljust(100, b"\0")
        + b"ustar\x0000"
        + bytes(64)
        + b"0000000\x000000000\0"
        + prefix.ljust(155, b"\0")
        + bytes(12)
    )
    checksum = sum(head) + 8 * 32 + sum(tail)
    return head + b"%06o\0 " % checksum + tail


def _pax(records: dict[str, str]) -> bytes:
    body = b"".join(_record(key, value) for key, value in sorted(records.items()))
    holder = TarEntry("", FILE, 0o644, 0, 0, len(body), 0)
    return _block(b"././@PaxHeader", b"", b"", b"x", holder) + body + padding(len(body))


def _record(key: str, value: str) -> bytes:
    rest = f" {key}={value}\n".encode()
    length = len(rest) + 1
    while length != len(rest) + len(str(length)):
        length = len(rest) + len(str(length))
    return str(length).encode() + rest


def padding(size: int) -> bytes:
    """Return the zero bytes that fill the last block of ``size`` bytes of content."""
    return bytes(-size % BLOCK)
