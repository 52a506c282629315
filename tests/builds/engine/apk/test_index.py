"""The index of a repository: signed by a key that is trusted, of the right architecture, or nothing is taken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builds.engine.apk.archive import open_index
from builds.engine.apk.index import read_index
from builds.engine.apk.keys import BadKey
from builds.engine.apk.source import apk_source
from builds.engine.errors import BadArchiveSetting, EngineError, IndexInvalid, SignatureInvalid
from builds.engine.snapshot import open_current, refresh
from builds.engine.testing.apkwriter import packed, write_index
from tests.builds.engine.apk.makers import (
    apk,
    found,
    key_file,
    key_named,
    repository,
    snapshot_of,
    source_of,
    written,
)
from tests.shared import shared

REAL = "packages/alpine-316-APKINDEX.tar.gz"
STRANGER = "packages/alpine-devel@lists.alpinelinux.org-4a6a0840.rsa.pub"
ENTRY = written(apk("hello")).entry


def refused(raw: bytes, folder: Path) -> EngineError:
    """What opening the index says; nothing but a named error may come."""
    with pytest.raises(EngineError) as caught:
        list(open_index(source_of(folder, folder), "amd64", raw).packages())
    return caught.value


@pytest.mark.parametrize("kind", ["RSA256", "RSA"])
def test_a_signed_index_is_read(tmp_path: Path, kind: str) -> None:
    place = repository(tmp_path / "r", apk("hello"), kind=kind)
    snapshot = snapshot_of(source_of(place, tmp_path), tmp_path)
    assert found(snapshot, "hello") == ["hello=1.0-r0"]
    assert snapshot.epoch == 1_700_000_000


def test_an_unsigned_index_is_refused_unless_the_source_says_so(tmp_path: Path) -> None:
    raw = write_index([ENTRY], None)
    error = refused(raw, tmp_path)
    assert isinstance(error, SignatureInvalid)
    assert "no usable signature; a source may be declared as unsigned" in str(error)
    assert open_index(apk_source(str(tmp_path), is_unsigned=True), "amd64", raw).text == ENTRY.encode()


def test_the_index_of_a_stranger_is_refused_by_the_name_of_the_key(tmp_path: Path) -> None:
    error = refused(write_index([ENTRY], key_named("stranger.rsa.pub")), tmp_path)
    assert isinstance(error, SignatureInvalid)
    assert "stranger.rsa.pub, is not among the trusted ones" in str(error)


def test_a_known_name_with_another_key_is_no_signature(tmp_path: Path) -> None:
    """The stranger names its key as ours."""
    raw = write_index([ENTRY], key_named("stranger.rsa.pub")).replace(b"", b"")
    source = apk_source(str(tmp_path), keys=[key_file(tmp_path, key_named())])
    ours = {"stranger.rsa.pub": source.ring.keys["test.rsa.pub"]}
    fooled = type(source)(source.id, source.uri, type(source.ring)(ours))
    with pytest.raises(SignatureInvalid, match="does not match the signature"):
        open_index(fooled, "amd64", raw)


def test_a_changed_index_is_refused(tmp_path: Path) -> None:
    signed = write_index([ENTRY], key_named())
    honest = write_index([ENTRY], None)
    forged = signed[: len(signed) - len(honest)] + write_index([ENTRY.replace("1.0-r0", "6.6-r6")], None)
    assert "does not match the signature" in str(refused(forged, tmp_path))


def test_what_follows_an_index_is_refused(tmp_path: Path) -> None:
    body = write_index([ENTRY], None) + packed(b"more")
    assert isinstance(refused(key_named().member(body) + body, tmp_path), IndexInvalid)


def test_a_failing_index_leaves_the_snapshot_before(tmp_path: Path) -> None:
    place = repository(tmp_path / "r", apk("hello"))
    source = source_of(place, tmp_path)
    before = snapshot_of(source, tmp_path).digest
    repository(place, apk("hello", "2.0-r0"), key=key_named("stranger.rsa.pub"))
    with pytest.raises(SignatureInvalid):
        snapshot_of(source, tmp_path)
    assert open_current("testing", root=tmp_path / "snapshots").digest == before


@pytest.mark.parametrize(
    ("line", "why"),
    [("A:aarch64", "not for x86_64"), ("V:1.0-1", "no name and version"), ("P:../../etc", "no name and version"),
     ("C:Q1AAAA", "no usable checksum"), ("C:Q2" + "A" * 43 + "=", "no usable checksum"), ("S:-4", "unusable number"),
     ("S:9999999999999999999", "unusable number"), ("nothing", "without a field letter")],
)  # fmt: skip
def test_a_hostile_entry_is_refused(line: str, why: str) -> None:
    kept = [text for text in ENTRY.strip().split("\n") if text[0] != line[0]]
    with pytest.raises(ValueError, match=why):
        list(read_index("\n".join([*kept, line]).encode(), "x86_64"))


@pytest.mark.parametrize("field", ["C", "P", "V", "A", "S"])
def test_an_entry_without_what_it_needs_is_refused(field: str) -> None:
    text = "\n".join(line for line in ENTRY.strip().split("\n") if line[0] != field)
    with pytest.raises(ValueError, match="has no"):
        list(read_index(text.encode(), "x86_64"))


def test_a_malformed_relation_refuses_the_whole_index(tmp_path: Path) -> None:
    place = repository(tmp_path / "r", apk("hello", depend="a<<2"))
    with pytest.raises(IndexInvalid, match="malformed relation"):
        snapshot_of(source_of(place, tmp_path), tmp_path)


def test_a_source_needs_keys_or_the_word_unsigned_and_not_both(tmp_path: Path) -> None:
    with pytest.raises(BadArchiveSetting, match="no key is given"):
        apk_source(str(tmp_path))
    with pytest.raises(BadArchiveSetting, match="said to be unsigned"):
        apk_source(str(tmp_path), keys=[key_file(tmp_path)], is_unsigned=True)
    with pytest.raises(BadArchiveSetting, match="neither http nor https"):
        apk_source("ftp://example.org/x", is_unsigned=True)


def test_a_credential_in_an_address_is_kept_apart() -> None:
    source = apk_source("https://me:s3cret@example.org:8443/os/", is_unsigned=True)
    assert source.login == ("me", "s3cret")
    assert source.address("x") == "https://example.org:8443/os/x"
    assert "s3cret" not in repr(source)


@pytest.mark.parametrize(
    "text", [b"", b"nonsense", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "bad.rsa.pub").write_bytes(text)
    with pytest.raises(BadKey, match="no public key"):
        apk_source(str(tmp_path), keys=[tmp_path / "bad.rsa.pub"])


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    index = shared(REAL)
    root = tmp_path_factory.mktemp("real")
    (root / "repository/x86_64").mkdir(parents=True)
    shutil.copy(index, root / "repository/x86_64/APKINDEX.tar.gz")
    refresh(
        suite="alpine-3-16", root=root / "snapshots", format_name="apk",
        sources=[apk_source(str(root / "repository"), is_unsigned=True)],
    )  # fmt: skip
    return root


def test_the_real_unsigned_index_is_refused_with_a_real_key_that_did_not_sign_it(real: Path) -> None:
    source = apk_source(str(real / "repository"), keys=[shared(STRANGER)])
    with pytest.raises(SignatureInvalid, match="no usable signature"):
        refresh(suite="x", root=real / "other", format_name="apk", sources=[source])
    assert not (real / "other").exists()


def test_all_of_the_real_index_is_read(real: Path) -> None:
    source = apk_source(str(real / "repository"), is_unsigned=True)
    index = open_index(source, "amd64", shared(REAL).read_bytes())
    assert len(list(index.packages())) == 4929


def test_real_requests_are_solved(real: Path) -> None:
    snapshot = open_current("alpine-3-16", root=real / "snapshots")
    sizes = {
        name: len(found(snapshot, name)) for name in ("nginx", "postgresql14", "python3", "git", "busybox")
    }
    assert sizes == {"nginx": 8, "postgresql14": 23, "python3": 17, "git": 13, "busybox": 2}
    assert "git-zsh-completion=5.8.1-r4" in found(snapshot, "git", "zsh")
    assert "busybox-doc=1.35.0-r17" in found(snapshot, "docs", "busybox")
