"""Read a package of apk version 2: its signature, what it says of itself, its scripts (never run), its files.

A package is three gzip members: the signature, the control part with ``.PKGINFO`` and scripts, the files. The
index names the control part by its SHA-1, the signature is over the control part, and that names the files by
their SHA-256 (``datahash``). Not in charge of what an image keeps of a package; see ``fragments``.
"""

from __future__ import annotations

import base64
import hashlib
import mmap
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from builds.engine.apk.info import read_info
from builds.engine.apk.keys import MAX_SIGNATURE, KeyRing, Untrusted, signatures_in
from builds.engine.apk.member import Member
from builds.engine.contents import PathConflictError
from builds.engine.deb.package import MAX_CONTROL, MAX_DATA, SLACK
from builds.engine.durable import disk_full_named
from builds.engine.errors import EngineError, PackageMismatch, PackageUnreadableError
from builds.engine.lock import LockedPackage
from builds.engine.tar import END, FILE, HARDLINK, SYMLINK, TarEntry, read_entries

#: The names that both formats' scripts go by where they are judged; the others run when packages go or change.
SCRIPTS = {".pre-install": "preinst", ".post-install": "postinst", ".trigger": "trigger"}
Info = Mapping[str, tuple[str, ...]]


class PackageUntrustedError(EngineError):
    """A package whose own signature is missing, foreign or false."""

    code = "package-signature"
    sentence = "The package {package} is not signed by a trusted key: {reason}."


@dataclass(frozen=True, slots=True)
class ApkPackage:
    """An opened package. ``data`` is its uncompressed file archive; it is valid while open."""

    name: str
    info: Info
    scripts: Mapping[str, bytes]
    data: memoryview

    def entries(self) -> Iterator[TarEntry]:
        """Yield the files, each checked against the checksum that its header gives.

        :raises PathConflictError: for a path that is there twice
        :raises PackageMismatch: for a file that is not what its header says
        """
        seen: set[str] = set()
        for entry in read_entries(self.data):
            if entry.path in seen:
                raise PathConflictError(path=entry.path, first=self.name, second=self.name)
            seen.add(entry.path)
            if entry.kind in (FILE, SYMLINK):
                found = _sum_of(entry, self.data)
                if _plain_sum(entry.sha1) not in ("", found):
                    raise PackageMismatch(package=self.name, reason=f"{entry.path} differs from its checksum")
                entry.sha1 = found
            elif entry.kind == HARDLINK:
                entry.sha1 = ""
            yield entry


def _plain_sum(said: str) -> str:
    """Return a header's checksum in hexadecimal; some packages have it as an index would, ``Q1`` and base64."""
    if not said.startswith("Q1"):
        return said.lower()
    try:
        return base64.b64decode(said[2:], validate=True).hex()
    except ValueError:
        return said


def _sum_of(entry: TarEntry, data: memoryview) -> str:
    content = (
        entry.target.encode() if entry.kind == SYMLINK else data[entry.offset : entry.offset + entry.size]
    )
    return hashlib.sha1(content).hexdigest()  # noqa: S324 - the format's own; trust comes from datahash


@contextmanager
def open_package(path: Path, package: LockedPackage) -> Iterator[ApkPackage]:
    """Open the package at ``path`` after checking that it is the locked one.

    :raises PackageMismatch: when file, control part or files differ, or it is another package
    :raises PackageUnreadableError: when it is not an apk
    :raises ApkVersionError: when it is of version 3
    :raises PackageBombError: when it unpacks to too much
    :raises DiskFull: when there is no room to unpack it
    """
    with _mapped(path, package.name) as whole:
        if hashlib.sha256(whole).hexdigest() != package.sha256:
            raise PackageMismatch(package=package.name, reason="its sha256 is not the locked one")
        envelope = _read_envelope(whole, package)
        limit = min(4 * package.installed_size + SLACK, MAX_DATA)
        with tempfile.TemporaryFile(prefix="assay-data-") as spill:
            body = Member(whole, envelope.control_end, package.name, limit)
            with disk_full_named(Path(tempfile.gettempdir())):
                for chunk in body.chunks():
                    spill.write(chunk)
                spill.flush()
            _check_end(body, whole, package)
            if spill.tell() == 0:
                raise PackageUnreadableError(package=package.name, reason="its file archive is empty")
            with (
                mmap.mmap(spill.fileno(), 0, access=mmap.ACCESS_READ) as unpacked,
                memoryview(unpacked) as data,
            ):
                yield ApkPackage(package.name, envelope.info, envelope.scripts, data)


def verify_package(path: Path, package: LockedPackage, ring: KeyRing | None) -> str:
    """Check a fetched package against its index entry and the trusted keys; return the file's sha256.

    :param ring: None for a source that is declared as unsigned
    :raises PackageUntrustedError: when its own signature is missing, foreign or false
    :raises EngineError: as ``open_package``
    """
    with _mapped(path, package.name) as whole:
        envelope = _read_envelope(whole, package)
        if ring is not None:
            with whole[envelope.control_start : envelope.control_end] as control:
                try:
                    ring.check(envelope.signatures, control)
                except Untrusted as error:
                    raise PackageUntrustedError(package=package.name, reason=error) from None
        return hashlib.sha256(whole).hexdigest()


@contextmanager
def _mapped(path: Path, name: str) -> Iterator[memoryview]:
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            raise PackageUnreadableError(package=name, reason="it is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            whole = memoryview(mapped)
            try:
                yield whole
            finally:
                whole.release()


@dataclass(frozen=True, slots=True)
class _Envelope:
    signatures: Mapping[str, bytes]
    control_start: int
    control_end: int
    info: Info
    scripts: Mapping[str, bytes]


def _read_envelope(whole: memoryview, package: LockedPackage) -> _Envelope:
    """Read all but the files, and check that the files are those that the control part names."""
    first = Member(whole, 0, package.name, MAX_CONTROL)
    raw = first.read()
    signatures = signatures_in(raw) if len(raw) <= MAX_SIGNATURE else {}
    control = first
    if signatures:
        control = Member(whole, first.end, package.name, MAX_CONTROL)
        raw = control.read()
    with whole[control.start : control.end] as packed:
        checksum = "Q1" + base64.b64encode(hashlib.sha1(packed).digest()).decode()  # noqa: S324 - the index's own
    if checksum != package.checksum:
        raise PackageMismatch(
            package=package.name, reason="its control part is not the one in the signed index"
        )
    data = memoryview(raw + END)
    files = {
        entry.path: bytes(data[entry.offset : entry.offset + entry.size])
        for entry in read_entries(data)
        if entry.kind == FILE
    }
    info = read_info(files.get(".PKGINFO", b""), package)
    with whole[control.end :] as rest:
        if hashlib.sha256(rest).hexdigest() != info["datahash"][0]:
            raise PackageMismatch(package=package.name, reason="its files are not those it was signed with")
    scripts = {SCRIPTS[name]: files[name] for name in SCRIPTS if name in files}
    return _Envelope(signatures, control.start, control.end, info, scripts)


def _check_end(body: Member, whole: memoryview, package: LockedPackage) -> None:
    if body.end != len(whole):
        raise PackageUnreadableError(package=package.name, reason="something follows its files")
