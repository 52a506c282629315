"""Unpacking layers for a test: nothing in them reaches outside, or is silently misread."""

from __future__ import annotations

import gzip
import os
import tarfile
from pathlib import Path

import pytest

from builds.engine.sandbox import rootfs
from builds.engine.sandbox.rootfs import UnpackRefusedError, unpack_layers
from builds.engine.sandbox.static import resolve
from builds.engine.tar import TarRefusedError
from tests.builds.engine.debs import directory, link, member, tar_of

Members = list[tuple[tarfile.TarInfo, bytes]]


def unpack(folder: Path, *layers: Members) -> dict[str, object]:
    files = []
    for number, members in enumerate(layers):
        file = folder / f"{number}.gz"
        file.write_bytes(gzip.compress(tar_of(members)))
        files.append(file)
    (folder / "root").mkdir()
    return dict(unpack_layers(files, folder / "root", folder))


@pytest.mark.parametrize(
    "members",
    [
        [link("out", "/tmp"), member("out/file", b"x")],
        [link("out", ".."), member("out/file", b"x")],
        [member("file", b"x"), member("file/below", b"x")],
        [member("orphan/file", b"x")],
        [directory("a"), member("a/.wh.b", b"")],
        [directory("a"), member("a/b", b""), member("a/.wh.b", b"")],
        [directory("a"), member("a/b", b""), member(".wh.a", b"")],
        [directory("a"), member("a/.wh..wh..opq", b"")],
        [member(".wh.", b"")],
        [member("hard", type=tarfile.LNKTYPE, linkname="nowhere")],
        [link("out", "/etc/passwd"), member("hard", type=tarfile.LNKTYPE, linkname="out")],
        [directory("a"), member("hard", type=tarfile.LNKTYPE, linkname="a")],
        [link("a", "b"), directory("a")],
    ],
    ids=["below an absolute link", "below a climbing link", "below a file", "without a parent", "whiteout of nothing",
         "whiteout of its own layer", "whiteout of a directory of its own layer", "opaque whiteout", "empty whiteout",
         "link to nothing", "link to a link", "link to a directory", "directory over a link"],
)  # fmt: skip
def test_hostile_layers_are_refused(tmp_path: Path, members: Members) -> None:
    with pytest.raises(UnpackRefusedError):
        unpack(tmp_path, members)
    assert not list(tmp_path.glob("root/**/file")) or members[0][0].isreg()


@pytest.mark.parametrize("name", ["../climb", "/absolute", "a/../../climb"])
def test_paths_outside_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TarRefusedError):
        unpack(tmp_path, [directory("a"), member(name, b"x")])


def test_a_link_of_an_earlier_layer_is_no_way_out(tmp_path: Path) -> None:
    with pytest.raises(UnpackRefusedError):
        unpack(tmp_path, [link("out", "/")], [member("out/file", b"x")])


def test_a_layer_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rootfs, "MAX_TOTAL", 1 << 20)
    with pytest.raises(UnpackRefusedError, match="too large"):
        unpack(tmp_path, [member("zeros", bytes(2 << 20))])


def test_later_layers_lie_over_earlier_ones(tmp_path: Path) -> None:
    old: Members = [
        directory("a"),
        member("a/x", b"old"),
        link("a/y", "x"),
        directory("a/z"),
        member("a/z/deep", b"1"),
    ]
    new: Members = [
        member("a/x", b"new", mode=0o600),
        member("a/y", b"now a file"),
        member("a/z", b"was a directory"),
    ]
    unpack(tmp_path, old, new)
    root = tmp_path / "root"
    assert (root / "a/x").read_bytes() == b"new"
    assert (root / "a/x").stat().st_mode & 0o777 == 0o600
    assert (root / "a/y").read_bytes() == b"now a file"
    assert (root / "a/z").read_bytes() == b"was a directory"


def test_a_whiteout_hides_one_path_of_the_layers_below(tmp_path: Path) -> None:
    old: Members = [
        directory("a"),
        member("a/x", b"1"),
        link("a/y", "/tmp"),
        directory("a/z"),
        member("a/z/deep", b"1"),
    ]
    new: Members = [member("a/.wh.y", b""), member("a/.wh.z", b""), member("a/w", b"2")]
    merged = unpack(tmp_path, old, new)
    assert set(merged) == {"", "a", "a/x", "a/w"}
    assert {path.name for path in (tmp_path / "root/a").iterdir()} == {"x", "w"}


def test_what_was_hidden_is_no_parent_any_more(tmp_path: Path) -> None:
    with pytest.raises(UnpackRefusedError, match="no directory"):
        unpack(tmp_path, [directory("a")], [member(".wh.a", b"")], [member("a/x", b"1")])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_owners_and_modes_are_the_image_s(tmp_path: Path) -> None:
    unpack(
        tmp_path, [directory("a", mode=0o1777, uid=5, gid=6), member("a/x", b"1", mode=0o640, uid=7, gid=8)]
    )
    folder, file = (tmp_path / "root/a").stat(), (tmp_path / "root/a/x").stat()
    assert (folder.st_mode & 0o7777, folder.st_uid, folder.st_gid) == (0o1777, 5, 6)
    assert (file.st_mode & 0o7777, file.st_uid, file.st_gid) == (0o640, 7, 8)


def test_links_are_followed_inside_the_image_only(tmp_path: Path) -> None:
    merged = unpack(
        tmp_path,
        [directory("usr"), directory("usr/bin"), member("usr/bin/x", b"1"), link("bin", "usr/bin"),
         link("up", "../../usr/bin"), link("loop", "loop"), link("abs", "/usr/bin/x")],
    )  # fmt: skip
    for path in ("/bin/x", "/up/x", "/abs", "/usr/../bin/x"):
        entry = resolve(path, merged)  # type: ignore[arg-type]
        assert entry is not None, path
        assert entry.path == "usr/bin/x"
    for path in ("/loop", "/abs/below", "/missing"):
        assert resolve(path, merged) is None  # type: ignore[arg-type]
