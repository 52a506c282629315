"""One `Range: bytes=` header against a size (RFC 9110, section 14.2)."""

from __future__ import annotations

import re

from registry.errors import RangeInvalid

_RANGE = re.compile(r"bytes=\s*([0-9]{0,19})-([0-9]{0,19})\s*")


def wanted(header: str, size: int) -> tuple[int, int] | None:
    """(start, length) asked for; None to send everything. Raises RangeInvalid when nothing lies there.

    Several ranges, and units we do not know, are answered with the whole blob, which RFC 9110 allows. A range
    that ends before it starts is refused: RFC 9110 would have it ignored, the OCI conformance suite refused.
    """
    match = _RANGE.fullmatch(header)
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        start = size - length
    else:
        start = int(match[1])
        end = min(int(match[2]), size - 1) if match[2] else size - 1
        length = end - start + 1
    if length <= 0 or start >= size:
        raise RangeInvalid(headers={"Content-Range": f"bytes */{size}"})
    return start, length
