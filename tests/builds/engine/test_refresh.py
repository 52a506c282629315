"""The index: signed by a trusted key, what it promises, never older than before; else nothing changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from builds.engine.errors import (
    ArchiveUnreachable,
    IndexExpired,
    IndexInvalid,
    IndexMismatch,
    SignatureInvalid,
    SignatureToolMissing,
)
from builds.engine.resolve import resolve
from builds.engine.snapshot import Snapshot, open_current, refresh
from builds.engine.sources.transport import Transport
from tests.builds.engine.archives import DATE, SUITE, Archive, Signer, sources
from tests.builds.engine.debs import Deb

INRELEASE = f"dists/{SUITE}/InRelease"
PACKAGES = f"dists/{SUITE}/main/binary-amd64/Packages.xz"
CURL = Deb("curl", fields={"Depends": "libcurl (>= 1.0)"})
LIBCURL = Deb("libcurl")


@pytest.fixture(autouse=True)
def _dates_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_ARCHIVE_CHECK_VALID_UNTIL", "1")


def read(archive: Archive, root: Path, transport: Transport) -> Snapshot:
    return refresh(suite=SUITE, root=root, sources=sources(archive), transport=transport)


def test_a_signed_index_becomes_the_current_snapshot(
    archive: Archive, tmp_path: Path, transport: Transport
) -> None:
    archive.publish(CURL, LIBCURL)
    snapshot = read(archive, tmp_path, transport)
    assert snapshot.epoch == DATE
    assert open_current(SUITE, root=tmp_path).digest == snapshot.digest
    found = resolve(snapshot, architecture="amd64", packages=["curl"])
    assert [package.name for package in found] == ["curl", "libcurl"]
    assert found[1].because == "curl"


def test_an_unchanged_index_is_not_read_again(archive: Archive, tmp_path: Path, transport: Transport) -> None:
    archive.publish(CURL, LIBCURL)
    first = read(archive, tmp_path, transport)
    archive.asked.clear()
    assert read(archive, tmp_path, transport).digest == first.digest
    assert [path for path, _ in archive.asked] == [INRELEASE]


def refused(archive: Archive, root: Path, transport: Transport, error: type[Exception], why: str) -> None:
    """Refreshing is refused, and what was current stays."""
    before = open_current(SUITE, root=root).digest
    with pytest.raises(error, match=why):
        read(archive, root, transport)
    assert open_current(SUITE, root=root).digest == before


@pytest.fixture
def held(archive: Archive, tmp_path: Path, transport: Transport) -> Archive:
    """An archive whose first release was read, and that has a newer one."""
    archive.publish(LIBCURL)
    read(archive, tmp_path, transport)
    archive.publish(CURL, LIBCURL, date=DATE + 60)
    return archive


def test_a_newer_release_is_taken(held: Archive, tmp_path: Path, transport: Transport) -> None:
    assert read(held, tmp_path, transport).epoch == DATE + 60


def test_an_older_release_is_not_taken(held: Archive, tmp_path: Path, transport: Transport) -> None:
    newest = read(held, tmp_path, transport).digest
    held.publish(LIBCURL, date=DATE + 1)
    assert read(held, tmp_path, transport).digest == newest


def test_a_changed_release_is_refused(held: Archive, tmp_path: Path, transport: Transport) -> None:
    held.files[INRELEASE] = held.files[INRELEASE].replace(b"Origin: Debian", b"Origin: Dobian")
    refused(held, tmp_path, transport, SignatureInvalid, "does not match the signature")


def test_an_unsigned_release_is_refused(held: Archive, tmp_path: Path, transport: Transport) -> None:
    text = held.files[INRELEASE].split(b"\n\n", 1)[1].split(b"-----BEGIN PGP SIGNATURE")[0]
    held.files[INRELEASE] = text
    refused(held, tmp_path, transport, SignatureInvalid, "no usable signature")


def test_a_release_signed_by_a_stranger_is_refused(
    held: Archive, tmp_path: Path, transport: Transport
) -> None:
    stranger = Signer(tmp_path / "stranger")
    try:
        honest, held.signer = held.signer, stranger
        held.publish(CURL, date=DATE + 90)
        held.signer = honest
    finally:
        stranger.stop()
    refused(held, tmp_path, transport, SignatureInvalid, "not in the keyring")


def test_text_around_the_signed_part_is_not_believed(
    held: Archive, tmp_path: Path, transport: Transport
) -> None:
    held.files[INRELEASE] = b"Codename: evil\nDate: never\n\n" + held.files[INRELEASE]
    assert read(held, tmp_path, transport).epoch == DATE + 60


def test_an_index_that_is_not_the_promised_one_is_refused(
    held: Archive, tmp_path: Path, transport: Transport
) -> None:
    raw = bytearray(held.files[PACKAGES])
    raw[len(raw) // 2] ^= 1
    held.files[PACKAGES] = bytes(raw)
    refused(held, tmp_path, transport, IndexMismatch, "SHA-256 differs")


def test_an_expired_index_is_refused(held: Archive, tmp_path: Path, transport: Transport) -> None:
    held.publish(CURL, LIBCURL, date=1_000_000_000, valid_for=3600)
    held.files[INRELEASE] = held.signer.sign(
        f"Suite: stable\nCodename: {SUITE}\nDate: Wed, 01 Jan 2035 00:00:00 GMT\n"
        "Valid-Until: Wed, 01 Jan 2020 00:00:00 GMT\nSHA256:\n"
    )
    refused(held, tmp_path, transport, IndexExpired, "2020-01-01")


def test_the_index_of_another_suite_is_refused(held: Archive, tmp_path: Path, transport: Transport) -> None:
    held.files[INRELEASE] = held.signer.sign(
        "Suite: stable\nCodename: sid\nDate: Wed, 01 Jan 2031 00:00:00 GMT\nSHA256:\n"
    )
    refused(held, tmp_path, transport, IndexInvalid, "it is of sid")


@pytest.mark.parametrize("mishap", ["busy", "cut", "gone"])
def test_an_archive_that_fails_leaves_the_old_index(
    held: Archive, tmp_path: Path, transport: Transport, mishap: str
) -> None:
    held.broken[INRELEASE] = mishap
    if mishap == "gone":
        del held.files[INRELEASE]
    refused(held, tmp_path, transport, ArchiveUnreachable, "InRelease")


def test_a_missing_keyring_is_said(held: Archive, tmp_path: Path, transport: Transport) -> None:
    held.signer = type("NoKeys", (), {"keyring": tmp_path / "none.gpg"})()
    refused(held, tmp_path, transport, SignatureToolMissing, "no keyring")
