"""Reads this machine's apt sources, deb822 and one-line alike.

Follows sources.list(5). It gives every binary source it finds and judges
none; ``archive`` picks Debian's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from builds.engine.deb.index import parse_stanza

APT_DIRECTORY = Path("/etc/apt")
_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<rest>\S.*)")


@dataclass(frozen=True, slots=True)
class AptSource:
    """One (address, suite) pair. The address may hold a credential."""

    uri: str = field(repr=False)
    suite: str
    components: tuple[str, ...]
    signed_by: str


def read_sources(directory: Path = APT_DIRECTORY) -> list[AptSource]:
    """Read ``sources.list`` and all of ``sources.list.d``, in apt's order.

    A file or stanza that cannot be understood is passed over, as it may well
    be another program's.
    """
    parts = directory / "sources.list.d"
    files = [directory / "sources.list", *sorted(parts.iterdir() if parts.is_dir() else ())]
    found: list[AptSource] = []
    for file in files:
        if file.suffix not in {".list", ".sources"} or not file.is_file():
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        found += _deb822(text) if file.suffix == ".sources" else _one_line(text)
    return found


def _one_line(text: str) -> Iterator[AptSource]:
    for raw in text.splitlines():
        match = _LINE.fullmatch(raw.partition("#")[0].strip())
        if match is None:
            continue
        uri, *rest = match["rest"].split()
        if rest:
            options = dict(part.partition("=")[::2] for part in (match["options"] or "").split())
            yield AptSource(uri, rest[0], tuple(rest[1:]), options.get("signed-by", ""))


def _deb822(text: str) -> Iterator[AptSource]:
    plain = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n[ \t]*\n", plain):
        try:
            fields = {name.lower(): value for name, value in parse_stanza(stanza.strip("\n")).items()}
        except ValueError:
            continue
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in {
            "no",
            "false",
        }:
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                components = tuple(fields.get("components", "").split())
                yield AptSource(uri, suite, components, fields.get("signed-by", ""))
