"""Reads the text of an APKINDEX: one paragraph a package, one letter a field.

The text comes from a file whose signature was verified; it is still foreign and is checked field by field.
Fetching and verifying are done in ``archive``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from builds.engine.apk.relation import split_conflicts
from builds.engine.apk.version import is_version
from builds.engine.formats import PackageFacts

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9+._-]{0,127}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_DATE = re.compile(rb"^t:([0-9]{1,12})$", re.MULTILINE)
ANY_ARCHITECTURE = "noarch"
NO_NUMBER = "0"


def newest_date(text: bytes) -> int:
    """Give the newest build date of an index's packages, in seconds; an index itself has none."""
    return max(map(int, _DATE.findall(text)), default=0)


def read_index(text: bytes, architecture: str) -> Iterator[PackageFacts]:
    """Give the packages of an index.

    :param architecture: the repository's own, as apk names it
    :raises ValueError: on hostile entries, and on those of another architecture
    """
    for paragraph in text.decode("utf-8", "replace").split("\n\n"):
        fields = _fields(paragraph)
        if fields:
            try:
                yield _facts(fields, architecture)
            except KeyError as error:
                raise ValueError(f"{fields.get('P', 'an entry')[:60]!r} has no {error}") from error


def _fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in paragraph.split("\n"):
        if line[1:2] == ":":
            fields[line[0]] = line[2:]
        elif line:
            raise ValueError(f"a line without a field letter: {line[:60]!r}")
    return fields


def _facts(fields: dict[str, str], architecture: str) -> PackageFacts:
    name, version, own = fields["P"], fields["V"], fields["A"]
    if not _NAME.fullmatch(name) or not is_version(version):
        raise ValueError(f"{name[:60]!r} {version[:60]!r} is no name and version of a package")
    if own not in (architecture, ANY_ARCHITECTURE):
        raise ValueError(f"{name} is for {own[:40]!r}, not for {architecture}")
    needs, conflicts = split_conflicts(fields.get("D", ""))
    return PackageFacts(
        name=name, version=version, architecture=own, source=fields.get("o") or name, source_version=version,
        sha256="", size=_number(fields["S"], name), installed_size=_number(fields.get("I", NO_NUMBER), name),
        path=f"{architecture}/{name}-{version}.apk", section="", essential=False, multi_arch="",
        priority=str(_number(fields.get("k", NO_NUMBER), name)), description=fields.get("T", ""),
        homepage=fields.get("U", ""), depends=needs, conflicts=conflicts, provides=fields.get("p", ""),
        checksum=checked(fields["C"], name), install_if=fields.get("i", ""),
    )  # fmt: skip


def checked(checksum: str, name: str) -> str:
    """Give a checksum back if it is the SHA-1 of a control part (``Q1`` and base64), else ``ValueError``."""
    try:
        digest = base64.b64decode(checksum[2:], validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if not checksum.startswith("Q1") or len(digest) != 20:
        raise ValueError(f"{name} has no usable checksum")
    return checksum


def _number(text: str, name: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{name} has the unusable number {text[:40]!r}")
    return int(text)
