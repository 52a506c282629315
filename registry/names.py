"""The grammar of repository names and tags (distribution spec, "Pulling manifests")."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from registry.errors import NameInvalid, TagInvalid

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_COMPANION = re.compile(r"(sha256|sha512)-([0-9a-f]{64}|[0-9a-f]{128})(?:\.(?:sig|att|sbom))?")
_UNIQUE = re.compile(r".+-[0-9]{12}(?:[0-9]{2})?")

#: Words that addresses below a repository's name start with; no part of a name may be one.
ADDRESS_WORDS = frozenset({"blobs", "manifests", "referrers", "releases", "tags", "uploads"})

#: Clients refuse a longer "host/name".
LONGEST_REFERENCE = 255
LONGEST_NAME = 200


def check_name(name: str, *, host: str = "") -> str:
    """Return `name`, or raise NameInvalid. `host` counts towards the 255 characters clients allow."""
    if len(name) > LONGEST_NAME or len(host) + 1 + len(name) > LONGEST_REFERENCE or not _NAME.fullmatch(name):
        raise NameInvalid
    return name


def is_tag(text: str) -> bool:
    return _TAG.fullmatch(text) is not None


def check_tag(text: str) -> str:
    """Return `text`, or raise TagInvalid."""
    if not is_tag(text):
        raise TagInvalid
    return text


def subject_of_companion(tag: str) -> str | None:
    """The digest that a `sha256-<hex>[.sig|.att|.sbom]` tag accompanies; None for any other tag."""
    match = _COMPANION.fullmatch(tag)
    return f"{match[1]}:{match[2]}" if match else None


def is_unique_tag(tag: str) -> bool:
    """Whether it has the form `<stream>-YYYYMMDDHHMM` (or `…SS`) that publishing gives each release."""
    return _UNIQUE.fullmatch(tag) is not None


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether any of these fnmatch patterns fits."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)
