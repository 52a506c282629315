"""Reads Debian's control format: Release and Packages indexes.

The text comes from files whose digest was verified; it is still foreign and is
checked field by field. Fetching and verifying are done in ``sources``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from builds.engine.formats import PackageFacts

_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.~_:%=/-]*")


def parse_stanza(text: str) -> dict[str, str]:
    """Read one stanza; continuation lines keep their line feeds."""
    fields: dict[str, str] = {}
    last = ""
    for line in text.split("\n"):
        if line[:1] in {" ", "\t"}:
            if not last:
                raise ValueError("a stanza begins with a continuation line")
            fields[last] += "\n" + line[1:]
        elif line:
            last, colon, value = line.partition(":")
            if not colon:
                raise ValueError(f"a line without a field name: {line[:60]!r}")
            fields[last] = value.strip()
    return fields


def split_stanzas(chunks: Iterable[bytes]) -> Iterator[str]:
    """Give the stanzas of a control file that arrives in pieces of any size."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n\n")
        for stanza in whole:
            if stripped := stanza.strip(b"\n"):
                yield stripped.decode("utf-8", "replace")
    if stripped := rest.strip(b"\n"):
        yield stripped.decode("utf-8", "replace")


def read_packages(chunks: Iterable[bytes]) -> Iterator[PackageFacts]:
    """Give the packages of an index; raise ``ValueError`` on hostile entries."""
    for stanza in split_stanzas(chunks):
        fields = parse_stanza(stanza)
        try:
            yield _facts(fields)
        except KeyError as error:
            raise ValueError(f"{fields.get('Package', 'an entry')} has no {error}") from error


def _facts(fields: dict[str, str]) -> PackageFacts:
    name, version = fields["Package"], fields["Version"]
    source, _, source_version = fields.get("Source", name).partition(" ")
    facts = PackageFacts(
        name=name,
        version=version,
        architecture=fields["Architecture"],
        source=source,
        source_version=source_version.strip("()") or version,
        sha256=fields["SHA256"],
        size=int(fields["Size"]),
        installed_size=int(fields.get("Installed-Size", "0")) * 1024,
        path=fields["Filename"].removeprefix("./"),
        section=fields.get("Section", ""),
        priority=fields.get("Priority", "optional"),
        essential=fields.get("Essential") == "yes",
        multi_arch=fields.get("Multi-Arch", ""),
        description=fields.get("Description", "").partition("\n")[0],
        homepage=fields.get("Homepage", ""),
        depends=_join(fields, "Pre-Depends", "Depends"),
        conflicts=_join(fields, "Conflicts", "Breaks"),
        provides=fields.get("Provides", ""),
    )
    _check(facts)
    return facts


def _join(fields: dict[str, str], *names: str) -> str:
    return ", ".join(value for name in names if (value := fields.get(name)))


def _check(facts: PackageFacts) -> None:
    if not _NAME.fullmatch(facts.name):
        raise ValueError(f"{facts.name[:60]!r} is not a package name")
    if not _SHA256.fullmatch(facts.sha256) or facts.size <= 0 or facts.installed_size < 0:
        raise ValueError(f"{facts.name} has no usable digest or size")
    if not _PATH.fullmatch(facts.path) or ".." in facts.path.split("/"):
        raise ValueError(f"{facts.name} has the unusable path {facts.path[:80]!r}")
