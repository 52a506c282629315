"""Apk packages: what is not exactly the signed thing is refused by name, before any of it is used."""

from __future__ import annotations

import base64
import hashlib
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from builds.engine.apk.keys import KeyRing
from builds.engine.apk.member import ApkVersionError
from builds.engine.apk.package import PackageUntrustedError, open_package, verify_package
from builds.engine.contents import PathConflictError
from builds.engine.errors import PackageBombError, PackageMismatch, PackageUnreadableError
from builds.engine.lock import LockedPackage
from builds.engine.tar import TarRefusedError
from builds.engine.testing import apkwriter
from builds.engine.testing.apkwriter import Apk, Written, archive, packed, segment, summed
from tests.builds.engine.apk.makers import apk, directory, key_named, link, locked, member, written

RING = KeyRing({key_named().name: key_named().private.public_key()})
HELLO = apk("hello", files={"usr/bin/hello": "#!/bin/sh\n"}, members=[link("usr/bin/hi", "hello")])


def put(content: bytes, folder: Path) -> Path:
    file = folder / "package.apk"
    file.write_bytes(content)
    return file


def verify(content: bytes, folder: Path, package: LockedPackage) -> str:
    return verify_package(put(content, folder), package, RING)


def read(content: bytes, folder: Path, package: LockedPackage) -> list[str]:
    """Open as a build does: by the sha256 that the lock gives."""
    package = replace(package, sha256=hashlib.sha256(content).hexdigest())
    with open_package(put(content, folder), package) as opened:
        return [entry.path for entry in opened.entries()]


def parts(one: Written) -> tuple[bytes, bytes, bytes]:
    """Signature, control part and files of a package, as zlib finds their ends."""
    ends = [0]
    for _ in range(3):
        machine = zlib.decompressobj(31)
        machine.decompress(one.content[ends[-1] :])
        ends.append(len(one.content) - len(machine.unused_data))
    assert ends[3] == len(one.content)
    return one.content[: ends[1]], one.content[ends[1] : ends[2]], one.content[ends[2] :]


def built(
    one: Apk, *, data: bytes | None = None, info: Callable[[str], str] = str
) -> tuple[bytes, LockedPackage]:
    """A package as a repository would sign it, with other files or another description of itself."""
    files = packed(archive(summed(one.members))) if data is None else data
    text = info(one.info(hashlib.sha256(files).hexdigest()))
    control = packed(segment([apkwriter._file(".PKGINFO", text.encode(), 0)]))
    content = key_named().member(control) + control + files
    entry = apkwriter.index_entry(one, control, len(content))
    return content, locked(Written(one, content, entry))


def test_a_package_is_opened_when_everything_fits(tmp_path: Path) -> None:
    one = written(HELLO)
    assert verify(one.content, tmp_path, locked(one)) == hashlib.sha256(one.content).hexdigest()
    assert read(one.content, tmp_path, locked(one)) == ["usr/bin/hello", "usr/bin/hi"]


def test_a_package_without_its_own_signature_is_refused(tmp_path: Path) -> None:
    one = written(HELLO)
    _, control, files = parts(one)
    with pytest.raises(PackageUntrustedError, match="no usable signature"):
        verify(control + files, tmp_path, locked(one))
    assert verify_package(put(control + files, tmp_path), locked(one), None)


def test_a_package_of_a_stranger_is_refused_by_the_name_of_the_key(tmp_path: Path) -> None:
    one = written(HELLO, key=key_named("stranger.rsa.pub"))
    with pytest.raises(PackageUntrustedError, match=r"stranger\.rsa\.pub, is not among the trusted"):
        verify(one.content, tmp_path, locked(one))


def test_a_signature_of_another_package_is_refused(tmp_path: Path) -> None:
    one, other = written(HELLO), written(apk("other"))
    _, control, files = parts(one)
    with pytest.raises(PackageUntrustedError, match="does not match the signature"):
        verify(parts(other)[0] + control + files, tmp_path, locked(one))


def test_another_package_than_the_index_names_is_refused(tmp_path: Path) -> None:
    one, other = written(HELLO), written(apk("hello", "1.0-r1"))
    with pytest.raises(PackageMismatch, match="not the one in the signed index"):
        verify(other.content, tmp_path, locked(one))


def test_other_files_than_the_signed_part_names_are_refused(tmp_path: Path) -> None:
    one = written(HELLO)
    signature, control, _ = parts(one)
    evil = packed(archive(summed([member("usr/bin/hello", b"evil")])))
    with pytest.raises(PackageMismatch, match="not those it was signed with"):
        verify(signature + control + evil, tmp_path, locked(one))
    with pytest.raises(PackageMismatch, match="not those it was signed with"):
        verify(one.content + packed(b"more"), tmp_path, locked(one))


def test_a_file_that_changed_after_it_was_locked_is_refused(tmp_path: Path) -> None:
    one = written(HELLO)
    with pytest.raises(PackageMismatch, match="sha256 is not the locked one"), \
         open_package(put(one.content, tmp_path), replace(locked(one), sha256="0" * 64)):  # fmt: skip
        pass


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [("architecture", "aarch64", "says arch 'x86_64', the index 'aarch64'"), ("name", "bye", "says pkgname 'hello'"),
     ("version", "1.0-r1", "says pkgver '1.0-r0'")],
)  # fmt: skip
def test_a_package_that_says_otherwise_than_the_index_is_refused(
    tmp_path: Path, field: str, value: str, why: str
) -> None:
    one = written(HELLO)
    with pytest.raises(PackageMismatch, match=why):
        verify(one.content, tmp_path, locked(one, **{field: value}))


@pytest.mark.parametrize("twice", [member("etc/a", b"2"), directory("etc/a"), link("etc/a", "b")])
def test_a_path_twice_in_a_package_is_refused(tmp_path: Path, twice: tuple[tarfile.TarInfo, bytes]) -> None:
    content, package = built(apk("twice", files={"etc/a": "1"}, members=[twice]))
    with pytest.raises(PathConflictError, match="etc/a"):
        read(content, tmp_path, package)


def test_a_directory_twice_in_a_package_is_refused(tmp_path: Path) -> None:
    content, package = built(apk("twice", files={}, members=[directory("etc"), directory("etc", mode=0o777)]))
    with pytest.raises(PathConflictError, match="etc"):
        read(content, tmp_path, package)


def test_a_file_that_is_not_what_its_header_says_is_refused(tmp_path: Path) -> None:
    members = summed([member("etc/a", b"1")])
    members[0][0].pax_headers = {apkwriter.CHECKSUM: "0" * 40}
    content, package = built(apk("false", files={}), data=packed(archive(members)))
    with pytest.raises(PackageMismatch, match="etc/a differs from its checksum"):
        read(content, tmp_path, package)


@pytest.mark.parametrize(
    "spell", [str.upper, lambda text: "Q1" + base64.b64encode(bytes.fromhex(text)).decode()]
)
def test_a_checksum_may_be_spelt_otherwise(tmp_path: Path, spell: Callable[[str], str]) -> None:
    members = summed([member("etc/a", b"1")])
    members[0][0].pax_headers = {apkwriter.CHECKSUM: spell(hashlib.sha1(b"1").hexdigest())}
    content, package = built(apk("honest", files={}), data=packed(archive(members)))
    assert read(content, tmp_path, package) == ["etc/a"]


@pytest.mark.parametrize("magic", [b"ADB.", b"ADBd", b"ADBc"])
def test_version_3_is_refused_by_its_name(tmp_path: Path, magic: bytes) -> None:
    with pytest.raises(ApkVersionError, match="hello is in version 3 of the apk format"):
        verify(magic + bytes(100), tmp_path, locked(written(HELLO)))


def test_a_bomb_is_refused_while_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builds.engine.apk.package.SLACK", 1 << 20)
    one = apk("bomb", files={}, members=[member("zeros", bytes(8 << 20))])
    content, package = built(one)
    with pytest.raises(PackageBombError):
        read(content, tmp_path, replace(package, installed_size=1))


@pytest.mark.parametrize(
    "hostile",
    [member("../etc/passwd", b"x"), member("/etc/passwd", b"x"), member("a\nb", b"x"), member("a/../b", b"x"),
     member("dev", type=tarfile.CHRTYPE), member("pipe", type=tarfile.FIFOTYPE)],
)  # fmt: skip
def test_hostile_members_are_refused(tmp_path: Path, hostile: tuple[tarfile.TarInfo, bytes]) -> None:
    content, package = built(apk("hostile", files={}), data=packed(archive([hostile])))
    with pytest.raises(TarRefusedError):
        read(content, tmp_path, package)


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "it is empty"), (b"x" * 600, "damaged"), (packed(b"")[:8], "cut short")],
)  # fmt: skip
def test_what_is_no_package_is_told(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(PackageUnreadableError, match=why):
        verify(content, tmp_path, locked(written(HELLO)))


@pytest.mark.parametrize("key", ["datahash", "pkgname"])
def test_a_description_that_says_too_little_is_refused(tmp_path: Path, key: str) -> None:
    def without(text: str) -> str:
        return "".join(line + "\n" for line in text.splitlines() if not line.startswith(key))

    content, package = built(HELLO, info=without)
    with pytest.raises(PackageUnreadableError, match="names no files"):
        verify(content, tmp_path, package)
