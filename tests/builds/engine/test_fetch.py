"""Fetching packages: verified while they arrive, resumed where they broke off, named when they cannot be had."""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from builds.engine.errors import ArchiveUnreachable, DiskFull, PackageMismatch
from builds.engine.fetch import fetch_packages, package_file
from builds.engine.sources.archive import Source
from builds.engine.sources.transport import Transport
from builds.engine.store import Store
from tests.builds.engine.archives import Archive
from tests.builds.engine.debs import Deb, lock_deb

BIG = Deb("big", files={"./usr/share/big": os.urandom(500_000)})
SMALL = Deb("small")
DEBS = {"big": BIG.to_bytes(), "small": SMALL.to_bytes()}
LOCKED = [lock_deb(BIG, raw=DEBS["big"]), lock_deb(SMALL, raw=DEBS["small"])]


@pytest.fixture
def stocked(archive: Archive) -> Archive:
    archive.files = {locked.path: DEBS[locked.name] for locked in LOCKED}
    return archive


def fetch(archive: Archive, cache: Path, transport: Transport, **options: object) -> dict[str, Path]:
    return fetch_packages(LOCKED, sources=[archive.source], cache=cache, transport=transport, **options)


def test_packages_lie_under_their_digest_after_they_were_verified(
    stocked: Archive, tmp_path: Path, transport: Transport
) -> None:
    seen: list[tuple[int, int, int]] = []
    files = fetch(stocked, tmp_path, transport, progress=lambda *told: seen.append(told))
    for locked in LOCKED:
        assert files[locked.sha256] == package_file(tmp_path, locked.sha256)
        assert hashlib.sha256(files[locked.sha256].read_bytes()).hexdigest() == locked.sha256
    assert seen[0] == (0, 2, 0)
    assert seen[-1] == (2, 2, sum(locked.size for locked in LOCKED))


def test_what_is_there_is_not_fetched_again(stocked: Archive, tmp_path: Path, transport: Transport) -> None:
    fetch(stocked, tmp_path, transport)
    stocked.asked.clear()
    fetch(stocked, tmp_path, transport)
    assert stocked.asked == []


def test_a_broken_download_goes_on_where_it_broke_off(
    stocked: Archive, tmp_path: Path, transport: Transport
) -> None:
    stocked.broken[LOCKED[0].path] = "cut once"
    fetch(stocked, tmp_path, transport)
    ranges = [asked for path, asked in stocked.asked if path == LOCKED[0].path]
    assert ranges[0] == ""
    assert ranges[1].startswith("bytes=")
    assert ranges[1] != "bytes=0-"


def test_an_archive_without_ranges_starts_again(
    stocked: Archive, tmp_path: Path, transport: Transport
) -> None:
    file = package_file(tmp_path, LOCKED[0].sha256)
    file.parent.mkdir(parents=True)
    file.with_name(f".{file.name}.part").write_bytes(DEBS["big"][:1000])
    stocked.broken[LOCKED[0].path] = "no ranges"
    fetch(stocked, tmp_path, transport)
    assert file.read_bytes() == DEBS["big"]


def test_a_package_with_another_content_is_refused_and_not_kept(
    stocked: Archive, tmp_path: Path, transport: Transport
) -> None:
    swapped = bytearray(DEBS["big"])
    swapped[-5] ^= 1
    stocked.files[LOCKED[0].path] = bytes(swapped)
    with pytest.raises(PackageMismatch, match=r"big 1\.0"):
        fetch(stocked, tmp_path, transport)
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and LOCKED[0].sha256 in file.name]


@pytest.mark.parametrize("mishap", ["busy", "cut", "gone"])
def test_a_package_that_cannot_be_had_is_named(
    stocked: Archive, tmp_path: Path, transport: Transport, mishap: str
) -> None:
    if mishap == "gone":
        del stocked.files[LOCKED[0].path]
    stocked.broken[LOCKED[0].path] = mishap
    with pytest.raises(ArchiveUnreachable, match=r"big_1\.0\.deb"):
        fetch(stocked, tmp_path, transport)


def test_an_archive_that_does_not_answer_is_said_without_its_password(
    tmp_path: Path, transport: Transport
) -> None:
    silent = Source("debian", "http://127.0.0.1:9", "trixie", tmp_path, login=("user", "secret"))
    with pytest.raises(ArchiveUnreachable, match="no connection") as refused:
        fetch_packages(LOCKED, sources=[silent], cache=tmp_path, transport=transport)
    assert "secret" not in f"{refused.value} {silent!r}"


def test_a_package_of_a_source_that_is_not_configured_is_said(tmp_path: Path, transport: Transport) -> None:
    with pytest.raises(ArchiveUnreachable, match="no source"):
        fetch_packages(LOCKED, sources=[], cache=tmp_path, transport=transport)


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_said_and_leaves_no_package(
    stocked: Archive, tmp_path: Path, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builds.engine.fetch.os.fsync", full)
    with pytest.raises(DiskFull, match="No space is left"):
        fetch(stocked, tmp_path, transport)
    monkeypatch.undo()
    assert not package_file(tmp_path, LOCKED[0].sha256).exists()
    assert fetch(stocked, tmp_path, transport)


def test_a_store_on_a_full_disk_says_so_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    monkeypatch.setattr("builds.engine.store.os.fsync", full)
    with pytest.raises(DiskFull, match="No space is left"):
        store.put_blob(b"content")
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_the_start_of_a_file_is_enough_where_that_is_asked_for(
    stocked: Archive, transport: Transport
) -> None:
    path = LOCKED[0].path
    assert transport.read_start(stocked.source, path, size=100) == DEBS["big"][:100]
    assert stocked.asked[-1] == (path, "bytes=0-99")
    stocked.broken[path] = "no ranges"
    assert transport.read_start(stocked.source, path, size=100) == DEBS["big"][:100]
    assert transport.read_start(stocked.source, path, size=10**7) == DEBS["big"]


def test_a_package_longer_than_its_lock_says_is_not_read_to_its_end(
    stocked: Archive, tmp_path: Path, transport: Transport
) -> None:
    short = replace(LOCKED[0], size=1000)
    with pytest.raises(Exception, match=r"larger than|SHA-256"):
        fetch_packages([short], sources=[stocked.source], cache=tmp_path, transport=transport)
