"""Made-up packages in Debian's own format, written by Python's own tar, for tests of the engine."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from builds.engine.fetch import package_file
from builds.engine.lock import LockedPackage

PACKERS = {".xz": lzma.compress, ".gz": gzip.compress, ".zst": zstandard.compress, "": bytes}
MTIME = 1_700_000_000


def member(path: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    """One member of a package's archive; `fields` are those of TarInfo."""
    info = tarfile.TarInfo(path)
    info.size, info.mtime, info.mode = len(content), MTIME, 0o644
    for name, value in fields.items():
        setattr(info, name, value)
    return info, content


def directory(path: str, **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    return member(path, type=tarfile.DIRTYPE, **{"mode": 0o755, **fields})


def link(path: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return member(path, type=tarfile.SYMTYPE, linkname=target, mode=0o777)


def tar_of(members: Iterable[tuple[tarfile.TarInfo, bytes]], style: int = tarfile.GNU_FORMAT) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=style) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return raw.getvalue()


def ar_of(members: Iterable[tuple[str, bytes]]) -> bytes:
    raw = b"!<arch>\n"
    for name, body in members:
        raw += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(body):<10}`\n".encode() + body
        raw += b"\n" * (len(body) % 2)
    return raw


@dataclass
class Deb:
    """A package to be. `files` maps a path to its content; `members` come as they are."""

    name: str
    version: str = "1.0"
    architecture: str = "amd64"
    files: Mapping[str, bytes | str] = field(default_factory=dict)
    members: list[tuple[tarfile.TarInfo, bytes]] = field(default_factory=list)
    scripts: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    packing: str = ".xz"

    @property
    def control(self) -> str:
        given = {"Package": self.name, "Version": self.version, "Architecture": self.architecture,
                 "Maintainer": "A Person <person@example.org>", "Description": f"the {self.name} package"}  # fmt: skip
        return "".join(f"{key}: {value}\n" for key, value in {**given, **self.fields}.items())

    @property
    def content(self) -> list[tuple[tarfile.TarInfo, bytes]]:
        files = {path: text.encode() if isinstance(text, str) else text for path, text in self.files.items()}
        files.setdefault(
            f"./usr/share/doc/{self.name}/copyright", f"{self.name} is free.\n".encode()
        )  # as policy demands
        programs = {path for path in files if "/bin/" in path}
        leaves = [
            member(path, body, mode=0o755 if path in programs else 0o644) for path, body in files.items()
        ]
        parents = {
            "/".join(path.split("/")[:depth]) for path in files for depth in range(2, len(path.split("/")))
        }
        return [*(directory(path) for path in sorted(parents)), *leaves, *self.members]

    def to_bytes(self) -> bytes:
        scripts = [member(f"./{kind}", text.encode(), mode=0o755) for kind, text in self.scripts.items()]
        control = tar_of([member("./control", self.control.encode()), *scripts])
        pack = PACKERS[self.packing]
        return ar_of(
            [
                ("debian-binary", b"2.0\n"),
                (f"control.tar{self.packing}", pack(control)),
                (f"data.tar{self.packing}", pack(tar_of(self.content))),
            ]
        )


def lock_deb(deb: Deb, *, inherited: bool = False, raw: bytes | None = None) -> LockedPackage:
    """The package as a lock names it."""
    data = deb.to_bytes() if raw is None else raw
    return LockedPackage(
        name=deb.name, version=deb.version, architecture=deb.architecture, source=deb.name,
        source_version=deb.version, sha256=hashlib.sha256(data).hexdigest(), size=len(data),
        installed_size=sum(len(body) for _, body in deb.content), path=f"pool/{deb.name}_{deb.version}.deb",
        origin="debian", because="", inherited=inherited,
    )  # fmt: skip


def put(deb: Deb, cache: Path) -> LockedPackage:
    """Write the package where fetched packages lie."""
    data = deb.to_bytes()
    locked = lock_deb(deb, raw=data)
    file = package_file(cache, locked.sha256)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return locked
