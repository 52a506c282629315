"""Upstream references, read as Docker reads them: without a registry of docker.io, without a folder of `library`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REFERENCE = re.compile(
    r"(?:docker (?:pull|run) |from )?(?P<name>[a-z0-9]+(?:(?:[._-]+|[:/])[a-z0-9]+)*?)"
    r"(?::(?P<tag>[a-z0-9_][a-z0-9._-]{0,127}))?(?:@sha256:[0-9a-f]{64})?"
)


@dataclass(frozen=True, slots=True)
class Upstream:
    """A reference as it was asked for: full name such as "docker.io/bitnami/redis", tag or ""."""

    name: str
    tag: str

    @property
    def last(self) -> str:
        return self.name.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.name}:{self.tag}" if self.tag else self.name


def read(text: str) -> Upstream | None:
    """The reference that `text` is, when it looks like one: with a slash, a tag or a digest."""
    match = _REFERENCE.fullmatch(text.strip().lower())
    if match is None or not re.search(r"[/:@]", text):
        return None
    name, tag = match["name"], match["tag"] or ""
    first, slash, _ = name.partition("/")
    if not slash:
        name = f"docker.io/library/{name}"
    elif "." not in first and ":" not in first and first != "localhost":
        name = f"docker.io/{name}"
    return Upstream(name.replace("index.docker.io/", "docker.io/", 1), tag)
