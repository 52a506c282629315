"""Find the members of a .deb, which is an ``ar`` archive (deb(5)). Nothing else of ``ar`` is known."""

from builds.engine.errors import PackageUnreadableError

MAGIC = b"!<arch>\n"


def members(data: memoryview, package: str, *, is_start: bool = False) -> list[tuple[str, memoryview]]:
    """Return name and bytes of each member, in order.

    :param is_start: ``data`` is only the beginning of the file; the member it ends in is left out
    :raises PackageUnreadableError: when the archive is damaged or cut short
    """
    if data[:8] != MAGIC:
        raise PackageUnreadableError(package=package, reason="it is not an ar archive")
    spans: list[
        tuple[str, int, int]
    ] = []  # not views: they would keep the file mapped while an error travels
    at = len(MAGIC)
    while at + 60 <= len(data):
        header = bytes(data[at : at + 60])
        digits = header[48:58].strip()
        if header[58:] != b"`\n" or not digits.isdigit() or len(spans) > 16:
            raise PackageUnreadableError(package=package, reason="an archive header is damaged")
        size, at = int(digits), at + 60
        if at + size > len(data):
            if is_start:
                break
            raise PackageUnreadableError(package=package, reason="it is cut short")
        spans.append((header[:16].decode("ascii", "replace").rstrip().rstrip("/"), at, at + size))
        at += size + size % 2
    return [(name, data[start:end]) for name, start, end in spans]
