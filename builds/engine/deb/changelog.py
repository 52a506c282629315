"""Which vulnerabilities a package's own changelog names, entry by entry: what its maintainers say they fixed.

Read while the package is open, since images leave changelogs out. No scan and no proof: a maintainer may forget one,
or name one that is not fixed. Debian trims what packages carry, so that old entries may be missing. The format is
Debian policy 4.4.
"""

import re
import zlib
from email.utils import parsedate_to_datetime
from typing import Any

from builds.engine.deb.package import DebPackage
from builds.engine.tar import FILE

#: Bytes of a changelog that are read; the longest of Debian's have about three million.
MAX_TEXT = 8 << 20
#: Entries that name any, and names of one entry.
MAX_ENTRIES = 300
MAX_NAMES = 400
_HEAD = re.compile(r"^(\S+) \(([^)\s]{1,200})\) [^;\n]+;", re.MULTILINE)
_TAIL = re.compile(r"^ -- .*>  (.{10,60})$", re.MULTILINE)
_NAME = re.compile(r"\bCVE-[0-9]{4}-[0-9]{4,7}\b", re.IGNORECASE)


def fixes_of(deb: DebPackage, package: str) -> list[list[Any]] | None:
    """``[version, date, [names]]`` of every entry that names a vulnerability, newest first; dates are ISO 8601 or "".

    None when the package carries no changelog, or one that cannot be read.
    """
    raw = _changelog(deb, package)
    return None if raw is None else read_fixes(raw.decode("utf-8", "replace"))


def read_fixes(text: str) -> list[list[Any]]:
    """The same of a changelog's text."""
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads] + [len(text)]
    found: list[list[Any]] = []
    for head, end in zip(heads, ends[1:], strict=True):
        names = sorted({name.upper() for name in _NAME.findall(text, head.end(), end)})
        if names:
            found.append([head[2], _date(text, head.end(), end), names[:MAX_NAMES]])
        if len(found) == MAX_ENTRIES:
            break
    return found


def _date(text: str, start: int, end: int) -> str:
    tail = _TAIL.search(text, start, end)
    try:
        return parsedate_to_datetime(tail[1]).date().isoformat() if tail else ""
    except ValueError:
        return ""


def _changelog(deb: DebPackage, package: str) -> bytes | None:
    folder = f"usr/share/doc/{package}/"
    wanted = (f"{folder}changelog.Debian.gz", f"{folder}changelog.gz")  # the second of native packages
    found = {entry.path: entry for entry in deb.entries() if entry.path in wanted and entry.kind == FILE}
    for path in wanted:
        if path in found:
            return _gunzipped(deb.data[found[path].offset : found[path].offset + found[path].size])
    return None


def _gunzipped(body: memoryview) -> bytes | None:
    try:
        return zlib.decompressobj(31).decompress(body, MAX_TEXT)
    except zlib.error:
        return None
