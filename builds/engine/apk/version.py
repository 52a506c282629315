"""Versions of apk packages: their order, and a byte key whose plain order is the same.

A version is numbers with points or a letter between, suffixes (``_alpha`` … ``_p``), a commit's hash and a
package revision. The order is that of apk-tools 2: where one version ends or goes on otherwise than another,
what comes there decides, from a pre-release suffix (the least) over the end to a further number (the most).
Not in charge of bounds in relations (``relation``).
"""

from __future__ import annotations

import functools
import re

_VERSION = re.compile(
    r"(?P<first>[0-9]+)(?P<parts>(?:\.[0-9]+|[a-z][0-9]+)*(?:[a-z](?![a-z]))?)"
    r"(?P<suffixes>(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)"
    r"(?:~(?P<hash>[0-9a-f]+))?(?:-r(?P<revision>[0-9]+))?",
    re.ASCII,
)
_PART = re.compile(r"\.([0-9]+)|([a-z])([0-9]*)")
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
_BEFORE = {name: bytes([0x10, place]) for place, name in enumerate(("alpha", "beta", "pre", "rc"))}
_AFTER = {name: bytes([0x50, place]) for place, name in enumerate(("cvs", "svn", "git", "hg", "p"))}
_SUFFIXES = {**_BEFORE, **_AFTER}
_END, _REVISION, _HASH, _SUFFIX_NUMBER, _LETTER = b"\x20", b"\x30", b"\x38", b"\x40", b"\x60"
_ZEROS, _NUMBER, _STRANGE = b"\x70\x00", b"\x70\x01", b"\x7f"
_LONGEST = 256


def is_version(text: str) -> bool:
    """Tell whether ``text`` is a version as the format has them."""
    return len(text) <= _LONGEST and _VERSION.fullmatch(text) is not None


@functools.lru_cache(maxsize=1 << 16)
def version_key(version: str) -> bytes:
    """Give bytes that sort, compared as plain bytes, as versions do; text that is no version has a place too."""
    match = _VERSION.match(version)
    if match is None:
        return b"\x00" + version.encode()
    rest = version[match.end() :]
    return _start(match) + (_STRANGE + rest.encode() if rest else _END)


def begins_with(version: str, start: str) -> bool:
    """Tell whether a version begins with all parts of ``start`` (``1.2`` does not begin ``1.20``)."""
    return version_key(version).startswith(version_key(start).removesuffix(_END))


def _start(match: re.Match[str]) -> bytes:
    key = bytearray(_number(match["first"]))
    for number, letter, after in _PART.findall(match["parts"]):
        if letter:
            key += _LETTER + letter.encode() + (_NUMBER + _number(after) if after else b"")
        else:
            key += _point(number)
    for name, digits in _SUFFIX.findall(match["suffixes"]):
        key += _SUFFIXES[name] + (_SUFFIX_NUMBER + _number(digits) if digits else b"")
    if match["hash"]:
        key += _HASH + match["hash"].encode() + b"\x00"
    if match["revision"]:
        key += _REVISION + _number(match["revision"])
    return bytes(key)


def _point(number: str) -> bytes:
    """A leading zero is below any number, and more of them are lower still: 1.001 < 1.01 < 1.1."""
    digits = number.lstrip("0")
    zeros = len(number) - len(digits)
    return _ZEROS + bytes([0xFF - min(zeros, 0xFE)]) + _number(digits) if zeros else _NUMBER + _number(number)


def _number(digits: str) -> bytes:
    digits = digits.lstrip("0")
    whole, rest = divmod(len(digits), 0xFF)
    return b"\xff" * whole + bytes([rest]) + digits.encode()
