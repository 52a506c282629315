"""From the licence names of Debian copyright files to SPDX expressions.

A name we cannot map becomes a `LicenseRef-` of its own (SPDX 2.3, clause 10): said, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from license_expression import ExpressionError, Licensing, get_spdx_licensing

NOASSERTION = "NOASSERTION"
#: Debian copyright format 1.0, "Short name", where it differs from SPDX.
_DEBIAN = {
    "expat": "MIT",
    "expat-like": "LicenseRef-Debian-Expat-like",
    "public-domain": "LicenseRef-Debian-public-domain",
    "psf-2": "PSF-2.0",
    "zlib": "Zlib",
    "apache-2": "Apache-2.0",
    "artistic": "Artistic-1.0",
    "artistic-2": "Artistic-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause",
    "isc": "ISC",
    "mpl-1.1": "MPL-1.1",
    "mpl-2.0": "MPL-2.0",
    "openldap-2.8": "OLDAP-2.8",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later",
}
_GNU = re.compile(r"\A(?P<family>A?L?GPL|GFDL)-(?P<version>\d(?:\.\d)?)(?P<later>\+)?\Z", re.IGNORECASE)
_WORD = re.compile(r"\s+(?:and/or|and|or)\s+|\s*,\s*", re.IGNORECASE)
_OPERATOR = re.compile(r" (?:AND|OR|WITH) ")
_NOT_IDENTIFIER = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Licence:
    """An SPDX expression, and the names behind each `LicenseRef-` in it."""

    expression: str
    references: dict[str, str]


def licence_of(names: Iterable[str]) -> Licence:
    """The expression that all `names` hold together; NOASSERTION when there are none."""
    parts: list[str] = []
    references: dict[str, str] = {}
    for name in sorted({piece for raw in names for piece in _pieces(raw.strip())}):
        expression = _spdx(name)
        if expression.startswith("LicenseRef-"):
            references[expression] = name
        parts.append(f"({expression})" if " " in expression else expression)
    return Licence(" AND ".join(dict.fromkeys(parts)) or NOASSERTION, references)


def _pieces(raw: str) -> list[str]:
    """A whole SPDX expression, as apk packages have them, or the names in a Debian one."""
    if _is_expression(raw):
        return [raw]
    return [piece for piece in _WORD.split(raw) if piece]


@cache
def _spdx(name: str) -> str:
    if mapped := _DEBIAN.get(name.lower()):
        return mapped
    if found := _GNU.match(name):
        version = found["version"] if "." in found["version"] else f"{found['version']}.0"
        return f"{found['family'].upper()}-{version}-{'or-later' if found['later'] else 'only'}"
    return (
        name
        if _is_known(name) or _is_expression(name)
        else f"LicenseRef-Debian-{_NOT_IDENTIFIER.sub('-', name)[:80].strip('-')}"
    )


def _is_known(name: str) -> bool:
    try:
        return name in {symbol.key for symbol in _licensing().parse(name, validate=True).symbols}
    except (ExpressionError, AttributeError):
        return False


@cache
def _is_expression(text: str) -> bool:
    """Tell whether it is an expression of known identifiers with SPDX's own operators."""
    if _OPERATOR.search(text) is None:
        return False
    try:
        return _licensing().parse(text, validate=True) is not None
    except (ExpressionError, AttributeError):
        return False


@cache
def _licensing() -> Licensing:
    # It reads its list of thousands of licences each time it is made: half a second.
    return get_spdx_licensing()
