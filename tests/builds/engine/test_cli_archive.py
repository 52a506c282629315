"""The command line against an archive of its own: trust, age and absence of the index."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from builds.engine.cli import main
from builds.engine.snapshot.place import pointer
from tests.builds.engine.archives import Archive, Signer, serving
from tests.builds.engine.debs import Deb

HOUR_OLD = 3700


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    signer = Signer(tmp_path / "gnupg")
    with serving(Archive(signer)) as archive:
        archive.publish(Deb("hello"))
        for suite in ("trixie-updates", "trixie-security"):
            archive.files[f"dists/{suite}/InRelease"] = signer.sign(
                f"Suite: {suite}\nDate: Sat, 01 Aug 2026 00:00:00 GMT\nSHA256:\n"
            )
        monkeypatch.setenv("ASSAY_ARCHIVE", f"{archive.address} {archive.address}")
        monkeypatch.setenv("ASSAY_ARCHIVE_KEYRING", str(signer.keyring))
        monkeypatch.setenv("ASSAY_SNAPSHOTS", str(tmp_path / "snapshots"))
        yield archive
    signer.stop()


def grow_old(root: Path) -> None:
    file = pointer(root, "trixie")
    os.utime(file, (file.stat().st_atime, file.stat().st_mtime - HOUR_OLD))


def test_an_index_is_asked_for_anew_after_an_hour(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["resolve", "hello"]) == 0
    asked = len(archive.asked)
    assert main(["resolve", "hello"]) == 0
    assert len(archive.asked) == asked
    archive.publish(Deb("hello", version="2.0"), date=1_787_000_900)
    grow_old(tmp_path / "snapshots")
    assert main(["resolve", "--offline", "hello"]) == 0
    assert " 2.0 " not in capsys.readouterr().out
    assert main(["resolve", "hello"]) == 0
    assert " 2.0 " in capsys.readouterr().out


def test_an_archive_that_is_away_is_no_obstacle_while_an_index_is_at_hand(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["resolve", "hello"]) == 0
    archive.files.clear()
    grow_old(tmp_path / "snapshots")
    assert main(["resolve", "hello"]) == 0
    assert "using the index at hand" in capsys.readouterr().err


def test_an_index_signed_by_nobody_known_is_refused(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "dists/trixie/InRelease"
    archive.files[name] = archive.files[name].replace(b"main/binary-amd64", b"main/binary-arm64")
    assert main(["resolve", "hello"]) == 2
    assert "[index-signature]" in capsys.readouterr().err
    assert main(["resolve", "--offline", "hello"]) == 2
    assert "[snapshot-missing]" in capsys.readouterr().err
