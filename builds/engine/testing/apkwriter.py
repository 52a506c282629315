"""Writes apk packages and indexes of version 2 to the letter, signed, the same bytes for the same input.

A package is three gzip members: a tar segment with the signature of the second member, a tar segment with
``.PKGINFO`` and scripts, a whole tar archive with the files. Segments have no end marks. Each regular file and
symbolic link has its SHA-1 in a PAX header. Not in charge of where content comes from (``fromdeb``).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CHECKSUM = "APK-TOOLS.checksum.SHA1"
LEVEL = 6
Member = tuple[tarfile.TarInfo, bytes]


@dataclass(frozen=True)
class SigningKey:
    """A key pair; ``name`` is the file name of the public key, by which readers know it."""

    name: str
    private: rsa.RSAPrivateKey

    @property
    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def member(self, signed: bytes, kind: str = "RSA256") -> bytes:
        """Return the gzip member with the signature over ``signed``."""
        algorithm = {"RSA256": hashes.SHA256(), "RSA": hashes.SHA1()}[kind]  # noqa: S303 - the format has both
        signature = self.private.sign(signed, padding.PKCS1v15(), algorithm)
        return packed(segment([_file(f".SIGN.{kind}.{self.name}", signature, 0)]))


def ready_key(path: Path) -> SigningKey:
    """Read the private key at ``path``, or make one there; its public half lies beside it, ``….rsa.pub``."""
    if path.exists():
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        assert isinstance(private, rsa.RSAPrivateKey)
    else:
        private = rsa.generate_private_key(public_exponent=65537, key_size=4096)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    # Readers know keys by this ending.
    name = path.name if path.name.endswith(".rsa") else path.name + ".rsa"
    key = SigningKey(name + ".pub", private)
    path.with_name(key.name).write_bytes(key.public_pem)
    return key


@dataclass
class Apk:
    """A package to be. ``relations`` are further fields of ``.PKGINFO`` that may come again: depend, provides."""

    name: str
    version: str = "1.0-r0"
    architecture: str = "x86_64"
    members: list[Member] = field(default_factory=list)
    scripts: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    url: str = ""
    licence: str = "custom"
    maintainer: str = ""
    origin: str = ""
    built_at: int = 1_700_000_000
    relations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    priority: int = 0

    @property
    def file_name(self) -> str:
        return f"{self.name}-{self.version}.apk"

    @property
    def installed_size(self) -> int:
        return sum(info.size for info, _ in self.members)

    def info(self, datahash: str) -> str:
        """Return ``.PKGINFO``."""
        pairs = [
            ("pkgname", self.name), ("pkgver", self.version), ("pkgdesc", self.description), ("url", self.url),
            ("builddate", str(self.built_at)), ("size", str(self.installed_size)), ("arch", self.architecture),
            ("origin", self.origin or self.name), ("maintainer", self.maintainer), ("license", self.licence),
            ("provider_priority", str(self.priority) if self.priority else ""),
            *((key, value) for key, values in self.relations.items() for value in values),
            ("datahash", datahash),
        ]  # fmt: skip
        return "".join(f"{key} = {value}\n" for key, value in pairs if value)


@dataclass(frozen=True)
class Written:
    """A package's bytes, and what an index says of it."""

    apk: Apk
    content: bytes
    entry: str


def write_package(apk: Apk, key: SigningKey, *, kind: str = "RSA256") -> Written:
    """Make the bytes of a package and its paragraph of an index."""
    data = packed(archive(summed(apk.members)))
    info = apk.info(hashlib.sha256(data).hexdigest())
    names = {".PKGINFO": info, **apk.scripts}
    control = packed(
        segment(
            [
                _file(name, text.encode(), apk.built_at, 0o644 if name == ".PKGINFO" else 0o755)
                for name, text in names.items()
            ]
        )
    )
    content = key.member(control, kind) + control + data
    return Written(apk, content, index_entry(apk, control, len(content)))


def index_entry(apk: Apk, control: bytes, size: int) -> str:
    """Return a package's paragraph of an index, named by the SHA-1 of its control member."""
    checksum = base64.b64encode(hashlib.sha1(control).digest()).decode()  # noqa: S324 - the format's own
    letters = {"D": "depend", "p": "provides", "i": "install_if", "r": "replaces"}
    fields = {
        "C": f"Q1{checksum}", "P": apk.name, "V": apk.version, "A": apk.architecture, "S": str(size),
        "I": str(apk.installed_size), "T": apk.description or apk.name, "U": apk.url, "L": apk.licence,
        "o": apk.origin or apk.name, "m": apk.maintainer, "t": str(apk.built_at),
        "k": str(apk.priority) if apk.priority else "",
        **{letter: " ".join(apk.relations.get(name, ())) for letter, name in letters.items()},
    }  # fmt: skip
    return "".join(f"{letter}:{value}\n" for letter, value in fields.items() if value) + "\n"


def write_index(
    entries: Iterable[str], key: SigningKey | None, *, description: str = "test", kind: str = "RSA256"
) -> bytes:
    """Make ``APKINDEX.tar.gz``: the signature of the second member, then that; unsigned without a key."""
    text = "".join(entries).encode()
    body = packed(archive([_file("DESCRIPTION", description.encode(), 0), _file("APKINDEX", text, 0)]))
    return (key.member(body, kind) if key else b"") + body


def packed(raw: bytes) -> bytes:
    """Return one gzip member, without a time."""
    return gzip.compress(raw, LEVEL, mtime=0)


def segment(members: Iterable[Member]) -> bytes:
    """Return a tar archive without its end marks, as what goes on after it must have none."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
        return raw.getvalue()  # before the close that writes the marks


def archive(members: Iterable[Member]) -> bytes:
    """Return a whole tar archive: two empty blocks end it."""
    return segment(members) + bytes(1024)


def summed(members: Iterable[Member]) -> list[Member]:
    """Give regular files and symbolic links the checksum that the format asks for."""
    found = []
    for info, content in members:
        if info.isreg() or info.issym():
            subject = info.linkname.encode() if info.issym() else content
            info.pax_headers = {CHECKSUM: hashlib.sha1(subject).hexdigest()}  # noqa: S324 - the format's own
        found.append((info, content))
    return found


def _file(name: str, content: bytes, mtime: int, mode: int = 0o644) -> Member:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode, info.uname, info.gname = len(content), mtime, mode, "root", "root"
    return info, content


@dataclass
class Repository:
    """A repository in a folder; ``add`` packages, then ``finish`` each architecture's index."""

    folder: Path
    key: SigningKey
    entries: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, apk: Apk, *, below: str = "", kind: str = "RSA256") -> Path:
        """Write a package into the directory of an architecture, which is its own unless said."""
        written = write_package(apk, self.key, kind=kind)
        return self.put(written, below or apk.architecture)

    def put(self, written: Written, below: str) -> Path:
        """Write what is made already."""
        file = self.folder / below / written.apk.file_name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(written.content)
        self.entries.setdefault(below, {})[written.apk.file_name] = written.entry
        return file

    def finish(self, *, extra: Iterable[str] = (), kind: str = "RSA256") -> None:
        """Write the index of each architecture; ``extra`` are paragraphs without a package file."""
        extra = list(extra)
        for architecture, entries in self.entries.items():
            text = [*(entries[name] for name in sorted(entries)), *extra]
            index = write_index(text, self.key, kind=kind)
            (self.folder / architecture / "APKINDEX.tar.gz").write_bytes(index)
