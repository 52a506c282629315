"""Canonical JSON: one byte sequence for one value, so that a digest names the value.

Not a general serialiser: floats, NaN and non-string keys are refused because they have more than
one spelling.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


class NotCanonical(ValueError):
    """The value has no single spelling in JSON."""

    code = "not-canonical"


def _check(value: Any) -> None:
    if isinstance(value, bool | int | str) or value is None:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise NotCanonical(f"Only text may be a key in canonical JSON, not {type(key).__name__}.")
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    else:
        raise NotCanonical(f"{type(value).__name__} has no canonical JSON spelling.")


def canonical_json(value: Any) -> bytes:
    """Return ``value`` as UTF-8 JSON: keys sorted by code point, no white space.

    :raises NotCanonical: for floats, non-text keys and anything JSON does not know
    """
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(value: Any) -> str:
    """Return ``sha256:…`` of the canonical JSON of ``value``."""
    return sha256_digest(canonical_json(value))


def sha256_digest(data: bytes | memoryview) -> str:
    """Return ``sha256:…`` of ``data``, as OCI descriptors spell it."""
    return "sha256:" + hashlib.sha256(data).hexdigest()
