"""Turns Debian packages into apk packages: the same files, names and dependencies, without scripts.

Only for tests and races: versions are shortened to what apk can say, bounds of dependencies are left out, and
of alternatives the first that is at hand is taken.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from builds.engine.deb.package import open_package
from builds.engine.deb.relation import parse_field
from builds.engine.durable import hash_file
from builds.engine.tar import DIRECTORY, FILE, HARDLINK, SYMLINK, TarEntry
from builds.engine.testing.apkwriter import Apk, Member

#: Debian's names of architectures and apk's.
ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64", "all": "noarch"}
_UPSTREAM = re.compile(r"[0-9]+(?:\.[0-9]+)*[a-z]?(?![a-z0-9])|[0-9]+(?:\.[0-9]+)*")
_DIGITS = re.compile(r"[0-9]+")
_COMMAND = re.compile(r"(?:usr/)?s?bin/([A-Za-z0-9._+-]+)")
_TYPES = {
    FILE: tarfile.REGTYPE,
    HARDLINK: tarfile.LNKTYPE,
    SYMLINK: tarfile.SYMTYPE,
    DIRECTORY: tarfile.DIRTYPE,
}


@dataclass(frozen=True)
class Converted:
    """A package, and what a second look at all of them decides upon: Debian's own relations."""

    apk: Apk
    depends: str
    provided: tuple[str, ...]
    commands: tuple[str, ...]


def apk_version(version: str) -> str:
    """Shorten a Debian version to one of apk: ``1:3.0.17-1~deb12u2`` is ``3.0.17-r1``."""
    upstream, _, revision = version[version.find(":") + 1 :].rpartition("-")
    if not upstream:
        upstream, revision = revision, ""
    start = _UPSTREAM.match(upstream)
    number = _DIGITS.search(revision)
    return f"{start[0] if start else '0'}-r{number[0] if number else '0'}"


def convert(path: Path) -> Converted:
    """Read a .deb and turn it into a package; what is no file, link or directory is refused."""
    size = path.stat().st_size
    with open_package(path, sha256=hash_file(path), installed_size=size * 50) as deb:
        fields = deb.fields
        members = [_member(entry, deb.data) for entry in deb.entries() if entry.path]
        apk = Apk(
            name=fields["Package"], version=apk_version(fields["Version"]), members=members,
            architecture=ARCHITECTURES[fields["Architecture"]], url=fields.get("Homepage", ""),
            description=fields.get("Description", "").partition("\n")[0],
            maintainer=fields.get("Maintainer", ""), origin=fields.get("Source", "").partition(" ")[0],
            built_at=max((int(info.mtime) for info, _ in members), default=0),
        )  # fmt: skip
        commands = {found[1] for info, _ in members if (found := _COMMAND.fullmatch(info.name))}
        depends = ", ".join(fields[key] for key in ("Pre-Depends", "Depends") if key in fields)
        groups = parse_field(fields.get("Provides", ""))
        provided = tuple(sorted({relation.name for group in groups for relation in group}))
        return Converted(apk, depends, provided, tuple(sorted(commands)))


def _member(entry: TarEntry, data: memoryview) -> Member:
    info = tarfile.TarInfo(entry.path)
    info.type, info.mode, info.mtime = _TYPES[entry.kind], entry.mode, entry.mtime
    info.uid, info.gid, info.linkname = entry.uid, entry.gid, entry.target
    content = bytes(data[entry.offset : entry.offset + entry.size]) if entry.kind == FILE else b""
    info.size = len(content)
    return info, content


def related(found: Iterable[Converted]) -> list[Apk]:
    """Give each package its dependencies and provisions, as far as they are among those found."""
    found = list(found)
    names = {one.apk.name for one in found}
    providers: dict[str, str] = {}
    for one in found:
        for name in one.provided:
            providers.setdefault(name, one.apk.name)
    owners: dict[str, str] = {}
    for one in found:
        for command in one.commands:
            owners.setdefault(command, one.apk.name)
    return [_with_relations(one, names, providers, owners) for one in found]


def _with_relations(
    one: Converted, names: set[str], providers: Mapping[str, str], owners: Mapping[str, str]
) -> Apk:
    needs: dict[str, None] = {}
    for group in parse_field(one.depends):
        choice = next((r.name for r in group if r.name in names or r.name in providers), None)
        if choice is not None and choice != one.apk.name:
            needs[choice] = None
    version = one.apk.version
    commands = [f"cmd:{name}={version}" for name in one.commands if owners[name] == one.apk.name]
    one.apk.relations = {
        "depend": tuple(needs),
        "provides": (*(name for name in one.provided if name not in names), *commands),
    }
    return one.apk
