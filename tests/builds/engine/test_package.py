"""Opening packages without trust: what is damaged, swapped or hostile is refused while streaming."""

from __future__ import annotations

import errno
import hashlib
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from builds.engine.contents import PathConflictError, SetuidRefusedError, WhiteoutRefusedError, contents_of
from builds.engine.deb import package as module
from builds.engine.deb.package import open_package
from builds.engine.errors import DiskFull, PackageBombError, PackageMismatch, PackageUnreadableError
from builds.engine.recipes import PackageRecipe
from builds.engine.spec.values import DirectoryEntry, FileEntry
from builds.engine.tar import TarRefusedError, read_entries
from tests.builds.engine.debs import PACKERS, Deb, ar_of, directory, link, member, tar_of

NO_RECIPE = PackageRecipe(package="x")
CONTROL = tar_of([member("./control", Deb("x").control.encode())])


def opened(path: Path, raw: bytes, installed_size: int = 0) -> dict[str, bytes]:
    """Write `raw`, open it as the package it is, and give its scripts."""
    path.write_bytes(raw)
    digest = hashlib.sha256(raw).hexdigest()
    with open_package(path, sha256=digest, installed_size=installed_size) as deb:
        assert deb.fields["Package"]
        return dict(deb.scripts)


@pytest.mark.parametrize("packing", PACKERS)
def test_every_compression_of_debian_is_read(tmp_path: Path, packing: str) -> None:
    deb = Deb("x", scripts={"postinst": "#!/bin/sh\n:\n"}, packing=packing)
    assert opened(tmp_path / "x.deb", deb.to_bytes()) == {"postinst": b"#!/bin/sh\n:\n"}


def test_a_package_that_is_not_the_locked_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.deb"
    path.write_bytes(Deb("x").to_bytes())
    with (
        pytest.raises(PackageMismatch, match="sha256"),
        open_package(path, sha256=hashlib.sha256(Deb("y").to_bytes()).hexdigest()),
    ):
        pass


def parts(**changed: bytes) -> list[tuple[str, bytes]]:
    usual = {"debian-binary": b"2.0\n", "control.tar": CONTROL, "data.tar": tar_of(Deb("x").content)}
    return list({**usual, **changed}.items())


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"PK\x03\x04" + bytes(100), "not an ar archive"),
        (Deb("x").to_bytes()[:-100], "cut short"),
        (ar_of(parts()).replace(b"`\n", b"'\n", 1), "damaged"),
        (ar_of(parts()[:2]), "members"),
        (ar_of(parts(**{"debian-binary": b"3.0\n"})), "members"),
        (ar_of([*parts()[:2], ("data.tar.lzo", b"x")]), "not supported"),
        (ar_of([*parts()[:2], ("data.tar.xz", b"\xfd7zXZ\0garbage")]), "damaged"),
        (ar_of([*parts()[:2], ("data.tar.gz", PACKERS[".gz"](b"x" * 5000)[:-20])]), "damaged"),
        (ar_of([*parts()[:2], ("data.tar", b"")]), "empty"),
        (ar_of(parts(**{"control.tar": tar_of([member("./md5sums", b"")])})), "no control file"),
        (ar_of(parts(**{"control.tar": tar_of([member("./control", b"nonsense\n")])})), "damaged"),
    ],
    ids=["zip", "cut", "header", "parts", "version", "packing", "xz", "gz", "empty", "control", "nonsense"],
)
def test_what_is_no_package_is_refused(tmp_path: Path, raw: bytes, why: str) -> None:
    with pytest.raises(PackageUnreadableError, match=why):
        opened(tmp_path / "x.deb", raw)


def test_a_bomb_ends_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLACK", 1 << 20)
    bomb = Deb("x", files={"./zeros": bytes(30 << 20)}).to_bytes()
    assert len(bomb) < 1 << 16
    with pytest.raises(PackageBombError, match="unpacks to more"):
        opened(tmp_path / "x.deb", bomb, installed_size=1000)
    assert opened(tmp_path / "x.deb", bomb, installed_size=30 << 20) == {}


def test_a_disk_without_room_to_unpack_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> Iterator[bytes]:
        yield b"the beginning"
        raise OSError(errno.ENOSPC, "No space left on device")

    real = module.decompress
    monkeypatch.setattr(
        module, "decompress", lambda name, *rest: real(name, *rest) if name.startswith("control") else full()
    )
    with pytest.raises(DiskFull, match="No space is left"):
        opened(tmp_path / "x.deb", Deb("x").to_bytes())


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        (member("../outside", b"x"), TarRefusedError),
        (member("./a/../../outside", b"x"), TarRefusedError),
        (member("/absolute", b"x"), TarRefusedError),
        (member("./a//b", b"x"), TarRefusedError),
        (member("./line\nbreak", b"x"), TarRefusedError),
        (member("./back\\slash", b"x"), TarRefusedError),
        (member("./dev", type=tarfile.CHRTYPE, devmajor=1, devminor=3), TarRefusedError),
        (member("./block", type=tarfile.BLKTYPE), TarRefusedError),
        (member("./pipe", type=tarfile.FIFOTYPE), TarRefusedError),
        (link("./empty", ""), TarRefusedError),
        (member("./hard", type=tarfile.LNKTYPE, linkname="../../etc/passwd"), TarRefusedError),
        (member("./hard", type=tarfile.LNKTYPE, linkname="./nowhere"), PathConflictError),
        (member("./hard", type=tarfile.LNKTYPE, linkname="./hard"), PathConflictError),
        (member("./usr/bin/rootshell", b"x", mode=0o4755), SetuidRefusedError),
        (member("./usr/bin/groupshell", b"x", mode=0o2755), SetuidRefusedError),
    ],
    ids=lambda value: ascii(value[0].name) if isinstance(value, tuple) else value.__name__,
)
def test_hostile_members_are_refused(entry: tuple[tarfile.TarInfo, bytes], error: type[Exception]) -> None:
    with pytest.raises(error):
        contents_of(read_entries(memoryview(tar_of([entry]))), "x", NO_RECIPE)


@pytest.mark.parametrize(
    "path", ["./usr/bin/.wh.python", "./etc/.wh..wh..opq", "./.wh.usr/x", "./bin/.wh.sh"]
)
def test_a_package_may_not_hide_files_of_others(path: str) -> None:
    with pytest.raises(WhiteoutRefusedError, match=r"x has .*\.wh\."):
        contents_of(read_entries(memoryview(tar_of([member(path, b"")]))), "x", NO_RECIPE)


@pytest.mark.parametrize(
    "entries",
    [
        [member("./a", b"1"), member("./a", b"2")],
        [member("./bin/a", b"1"), member("./usr/bin/a", b"2")],
        [link("./etc/x", "/tmp"), member("./etc/x/y", b"1")],
        [member("./etc/x", b"1"), member("./etc/x/y", b"1")],
    ],
    ids=["twice", "twice when merged", "below a link", "below a file"],
)
def test_impossible_trees_are_refused(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    with pytest.raises(PathConflictError):
        contents_of(read_entries(memoryview(tar_of(entries))), "x", NO_RECIPE)


def test_a_capability_hidden_in_an_attribute_is_refused() -> None:
    info, body = member("./usr/bin/x", b"x")
    info.pax_headers = {"SCHILY.xattr.security.capability": "all of them"}
    with pytest.raises(TarRefusedError, match="extended attributes"):
        contents_of(read_entries(memoryview(tar_of([(info, body)], tarfile.PAX_FORMAT))), "x", NO_RECIPE)


@pytest.mark.parametrize("at", [148, 0, 124, 257], ids=["checksum", "name", "size", "magic"])
def test_a_damaged_header_is_refused(at: int) -> None:
    raw = bytearray(tar_of([member("./a", b"1" * 600)]))
    raw[at] ^= 0x15
    with pytest.raises(TarRefusedError):
        contents_of(read_entries(memoryview(raw)), "x", NO_RECIPE)


def test_an_archive_without_an_end_is_refused() -> None:
    with pytest.raises(TarRefusedError, match="no end"):
        contents_of(read_entries(memoryview(tar_of([member("./a", b"1")])[:1024])), "x", NO_RECIPE)


def test_a_recipe_changes_removes_and_adds() -> None:
    data = memoryview(tar_of([directory("./etc"), member("./etc/a", b"1"), member("./etc/b", b"2")]))
    recipe = PackageRecipe(
        package="x", remove=("etc/b",), owners=(DirectoryEntry("/etc/a", 0o640, 5, 6),),
        files=(FileEntry("/etc/c", b"made"),), directories=(DirectoryEntry("/var/lib/x", 0o700, 5, 6),),
    )  # fmt: skip
    found = contents_of(read_entries(data), "x", recipe)
    assert [(leaf.path, leaf.mode, leaf.uid) for leaf in found.leaves] == [
        ("etc/a", 0o640, 5),
        ("etc/c", 0o644, 0),
    ]
    assert found.inline == {"etc/c": b"made"}
    assert (found.directories["var/lib/x"].mode, found.directories["var/lib/x"].gid) == (0o700, 6)


@pytest.mark.parametrize(
    "recipe",
    [
        PackageRecipe(package="x", files=(FileEntry("/etc/a", b"mine"),)),
        PackageRecipe(package="x", owners=(DirectoryEntry("/etc/gone"),)),
    ],
    ids=["places what is there", "owns what is not"],
)
def test_a_recipe_that_no_longer_fits_its_package_is_refused(recipe: PackageRecipe) -> None:
    with pytest.raises(PathConflictError, match="the recipe of x"):
        contents_of(read_entries(memoryview(tar_of([member("./etc/a", b"1")]))), "x", recipe)
