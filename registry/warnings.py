"""What a client is warned of when it pulls: an end of life that has come, a digest that was withdrawn.

The value of a `Warning` header (RFC 7234, section 5.5), which the distribution specification has clients
show ("Warnings"): `299 - "text"`, printable ASCII, at most 4,096 bytes.
"""

from __future__ import annotations

import re

from django.utils import timezone

from registry.models import HeldTag, RepositoryManifest, Tag

_UNPRINTABLE = re.compile(r"[^ -~]+")


def about(row: Tag | HeldTag | RepositoryManifest) -> str:
    """The header's value, or "" when there is nothing to warn of."""
    said = sentence(row)
    return f'299 - "{_quoted(said)}"' if said else ""


def sentence(row: Tag | HeldTag | RepositoryManifest) -> str:
    """The same in words."""
    said: list[str] = []
    if row.withdrawn:
        said.append(f"{_short(row)} was withdrawn: {row.withdrawn}")
    if isinstance(row, Tag) and row.ends_on and row.ends_on <= timezone.now().date():
        said.append(f"{row.name} reached its end of life on {row.ends_on}; it gets no more fixes")
    return ". ".join(said)


def _short(row: Tag | HeldTag | RepositoryManifest) -> str:
    """The digest with as much of it as people compare."""
    algorithm, _, value = row.manifest.digest.partition(":")
    return f"{algorithm}:{value[:12]}"


def _quoted(text: str) -> str:
    """For a quoted-string (RFC 9110, section 5.6.4)."""
    printable = _UNPRINTABLE.sub("?", text)
    return printable.replace("\\", "\\\\").replace('"', '\\"')
