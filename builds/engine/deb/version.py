"""Debian versions: their order, and a byte key whose plain order is the same.

The rules are those of the Debian Policy Manual, section 5.6.12. Not in charge
of version ranges in relations (``relation``).
"""

from __future__ import annotations

import functools
import re

_PARTS = re.compile(r"([^0-9]*)([0-9]*)")
_VALID = re.compile(r"(?:[0-9]{1,9}:)?[0-9A-Za-z.+~:-]+", re.ASCII)
_TILDE, _END = 0x01, 0x02
_WEIGHTS = {
    chr(code): bytes([_TILDE if chr(code) == "~" else code if chr(code).isalpha() else 0x80 | code])
    for code in range(0x80)
}


def is_version(text: str) -> bool:
    """Tell whether ``text`` has only what a Debian version may have."""
    return _VALID.fullmatch(text) is not None


def version_key(version: str) -> bytes:
    """Give bytes that sort, compared as plain bytes, as versions do.

    Versions that are equal by policy (``1.0`` and ``1.0-0``) have equal keys.
    Each part alternates text and number. A text part ends with a byte above
    the tilde's and below any other, so an end sorts after a tilde; a number is
    its digits without leading zeros after their count.
    """
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return _number(epoch) + _text(upstream) + _text(revision)


def compare(left: str, right: str) -> int:
    """Give -1, 0 or 1 as ``left`` is below, equal to or above ``right``."""
    ours, theirs = version_key(left), version_key(right)
    return (ours > theirs) - (ours < theirs)


def _number(digits: str) -> bytes:
    digits = digits.lstrip("0")
    whole, rest = divmod(len(digits), 0xFF)
    return b"\xff" * whole + bytes([rest]) + digits.encode()


@functools.lru_cache(maxsize=1 << 16)
def _text(part: str) -> bytes:
    key = bytearray()
    for match in _PARTS.finditer(part):
        text, digits = match.groups()
        if not text and not digits and match.start():
            break
        for character in text:
            key += _WEIGHTS.get(character, b"\xfe")
        key.append(_END)
        key += _number(digits)
    key.append(_END)
    return bytes(key)
