"""Archives nobody would make: whatever is in them, reading ends in entries that stay inside the image, or in a named refusal."""

from __future__ import annotations

import hashlib
import lzma
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from builds.engine.contents import Contents, contents_of
from builds.engine.deb import package as module
from builds.engine.deb.package import open_package
from builds.engine.errors import EngineError
from builds.engine.recipes import PackageRecipe
from builds.engine.tar import read_entries
from builds.engine.tar_header import header_of
from tests.builds.engine.debs import Deb, ar_of, directory, link, member, tar_of

RECIPE = PackageRecipe(package="x")
DEB = Deb("x", files={"./usr/bin/x": b"program" * 40, "./usr/share/x/data": b"data" * 300}, packing=".xz")
RAW = DEB.to_bytes()
TAR = tar_of([*DEB.content, link("./usr/bin/y", "x"), directory("./var/lib/x")])
CALM = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))

names = st.one_of(
    st.sampled_from(
        ["../x", "./../../etc/passwd", "/etc/passwd", "a//b", ".", "", "./", "usr/bin/x", "usr/bin/x/y", "a/./b",
         "a\nb", "a\x00b", "ä" * 120, "x" * 5000, "usr/../../x", "dev/null", "\\..\\x", "lib/x", "bin"]
    ),
    st.text(st.characters(blacklist_categories=("Cs",)), max_size=300),
)  # fmt: skip
kinds = st.sampled_from(
    [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE,
     tarfile.FIFOTYPE, tarfile.CONTTYPE, b"V", b"M", b"\xff"]
)  # fmt: skip
edits = st.lists(
    st.tuples(st.integers(0, 1 << 16), st.binary(min_size=0, max_size=24)), min_size=1, max_size=4
)


def is_inside(contents: Contents) -> bool:
    """Every path is relative and normal, once, and below no file or link."""
    leaves = [entry.path for entry in contents.leaves]
    paths = [*leaves, *contents.directories]
    return len(paths) == len(set(paths)) and not any(
        path.startswith("/")
        or {"", ".", ".."} & set(path.split("/"))
        or "\0" in path
        or any(path.startswith(leaf + "/") for leaf in leaves)
        for path in paths
    )


def survives(raw: bytes) -> None:
    """Open a package of these bytes, as the locked one, and take its contents."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.deb")
        path.write_bytes(raw)
        try:
            with open_package(path, sha256=hashlib.sha256(raw).hexdigest()) as deb:
                assert is_inside(contents_of(read_entries(deb.data), "x", RECIPE))
        except EngineError as refusal:
            assert str(refusal)  # noqa: PT017 - either end is right, and both are looked at


def edited(raw: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    for place, piece in changes:
        at = place % (len(raw) + 1)
        raw = raw[:at] + piece + raw[at + len(piece) :]
    return raw


@CALM
@given(cut=st.integers(1, len(RAW)))
def test_a_package_cut_anywhere(cut: int) -> None:
    survives(RAW[:cut])


@CALM
@given(changes=edits)
def test_a_package_with_other_bytes_anywhere(changes: list[tuple[int, bytes]]) -> None:
    survives(edited(RAW, changes) or b"x")


@CALM
@given(changes=edits)
def test_a_file_archive_with_other_bytes_anywhere(changes: list[tuple[int, bytes]]) -> None:
    try:
        assert is_inside(contents_of(read_entries(memoryview(edited(TAR, changes))), "x", RECIPE))
    except EngineError as refusal:
        assert str(refusal)  # noqa: PT017 - as above


@CALM
@given(
    entries=st.lists(st.tuples(names, kinds, names, st.integers(0, 0o7777)), min_size=1, max_size=6),
    style=st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
@example(
    entries=[("usr/bin/x", tarfile.SYMTYPE, "/etc", 0o777), ("usr/bin/x/y", tarfile.REGTYPE, "", 0o644)],
    style=0,
)
@example(entries=[("a", tarfile.REGTYPE, "", 0o644), ("./a", tarfile.REGTYPE, "", 0o644)], style=1)
def test_any_members_in_any_order(entries: list[tuple[str, bytes, str, int]], style: int) -> None:
    members = [member(path, type=kind, linkname=target, mode=mode) for path, kind, target, mode in entries]
    try:
        raw = tar_of(members, style or tarfile.GNU_FORMAT)
    except (ValueError, UnicodeError, tarfile.TarError):
        return  # Python's own tar cannot spell it
    try:
        contents = contents_of(read_entries(memoryview(raw)), "x", RECIPE)
    except EngineError as refusal:
        assert str(refusal)  # noqa: PT017 - as above
    else:
        assert is_inside(contents)
        again = b"".join(header_of(entry) for entry in contents.directories.values()) + bytes(1024)
        assert {entry.path for entry in read_entries(memoryview(again))} == set(contents.directories)


@pytest.mark.parametrize("depth", [1, 2])
def test_a_bomb_is_refused_while_it_streams(depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLACK", 1 << 20)
    bomb = bytes(8 << 20)
    for _ in range(depth):
        packed = lzma.compress(bomb)
    raw = ar_of(
        [("debian-binary", b"2.0\n"), ("control.tar.xz", lzma.compress(tar_of([]))), ("data.tar.xz", packed)]
    )
    survives(raw)
    control = tar_of([member("./control", DEB.control.encode())])
    survives(ar_of([("debian-binary", b"2.0\n"), ("control.tar", control), ("data.tar.xz", packed)]))
