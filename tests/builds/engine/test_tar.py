"""Tar headers: what we write, another program reads; what another wrote, we read."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builds.engine.tar import (
    DIRECTORY,
    END,
    FILE,
    HARDLINK,
    SYMLINK,
    TarEntry,
    read_entries,
)
from builds.engine.tar_header import header_of, padding
from tests.builds.engine.debs import member, tar_of

PART = st.text(st.characters(codec="utf-8", exclude_characters="/\\", exclude_categories=("C", "Z")), min_size=1, max_size=60).filter(
    lambda text: text not in (".", "..")
)  # fmt: skip
PATH = st.lists(PART, min_size=1, max_size=8).map("/".join)


def read(raw: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        return list(archive)


@given(path=PATH, target=PATH, kind=st.sampled_from([FILE, HARDLINK, SYMLINK, DIRECTORY]),
       mode=st.integers(0, 0o7777), uid=st.integers(0, 2**31), mtime=st.integers(0, 2**33 - 1))  # fmt: skip
def test_any_entry_survives_writing_and_reading(
    path: str, target: str, kind: str, mode: int, uid: int, mtime: int
) -> None:
    content = b"content" if kind == FILE else b""
    linked = target if kind in (HARDLINK, SYMLINK) else ""
    entry = TarEntry(path, kind, mode, uid, uid, len(content), mtime, linked)
    raw = header_of(entry) + content + padding(len(content)) + END
    (info,) = read(raw)
    assert (info.name, info.linkname, info.mode, info.uid, info.gid, info.mtime) == (
        path, linked, mode, uid, uid, mtime,
    )  # fmt: skip
    (ours,) = read_entries(memoryview(raw))
    ours.offset = 0
    assert ours == entry


@pytest.mark.parametrize("style", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_names_longer_than_a_header_are_read(style: int) -> None:
    path = "./" + "directory/" * 14 + "file"
    (entry,) = read_entries(memoryview(tar_of([member(path, b"x")], style)))
    assert entry.path == path[2:]


def test_owner_names_are_left_out() -> None:
    (info,) = read(header_of(TarEntry("a", FILE, 0o644, 0, 0, 0, 0)) + END)
    assert (info.uname, info.gname) == ("", "")
