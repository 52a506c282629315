"""What a request can lead to is enough to answer it: the same packages, in a fraction of the time and space."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from builds.engine.apk.archive import open_index
from builds.engine.apk.reach import reachable
from builds.engine.apk.source import ApkSource, apk_source
from builds.engine.errors import EngineError, SnapshotMissing, UnknownPackage
from builds.engine.resolve import solve
from builds.engine.snapshot import Snapshot, open_current, refresh
from tests.builds.engine.apk.makers import apk, repository, source_of
from tests.shared import shared

REAL = "packages/alpine-316-APKINDEX.tar.gz"


def read(source: ApkSource, root: Path, *wanted: str) -> Snapshot:
    return refresh(suite="t", root=root, format_name="apk", sources=[source], wanted=wanted)


def answer(snapshot: Snapshot, *wanted: str) -> object:
    try:
        return [
            (p.name, p.version, p.because)
            for p in solve(snapshot, architecture="amd64", packages=wanted).packages
        ]
    except EngineError as error:
        return str(error)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> ApkSource:
    index = shared(REAL)
    place = tmp_path_factory.mktemp("real") / "x86_64"
    place.mkdir()
    shutil.copy(index, place / "APKINDEX.tar.gz")
    return apk_source(str(place.parent), is_unsigned=True)


def test_a_part_answers_as_the_whole_does(real: ApkSource, tmp_path: Path) -> None:
    whole = read(real, tmp_path / "whole")
    names = [facts.name for facts in open_index(real, "amd64", shared(REAL).read_bytes()).packages()]
    chance = random.Random(20260822)
    requests = [chance.sample(names, size) for size in (1, 1, 2, 3)]
    requests += [["docs", "git", "nginx"], ["openrc", "postfix"], ["postfix", "hylafax"], ["zsh", "git"]]
    for number, wanted in enumerate(requests):
        part = read(real, tmp_path / str(number), *wanted)
        assert answer(part, *wanted) == answer(whole, *wanted), wanted


def test_a_part_is_small(real: ApkSource) -> None:
    text = open_index(real, "amd64", shared(REAL).read_bytes()).text
    (part,) = reachable([text], ["curl"]) or [text]
    assert len(part) < len(text) / 20


@pytest.fixture
def source(tmp_path: Path) -> ApkSource:
    place = repository(
        tmp_path / "repository", apk("app", depend="lib so:x !foe"), apk("lib"), apk("xlib", provides="so:x=1"),
        apk("docs"), apk("app-doc", install_if="app=1.0-r0 docs", depend="reader"), apk("reader"), apk("far"), apk("foe"),
    )  # fmt: skip
    return source_of(place, tmp_path)


def reached(source: ApkSource, tmp_path: Path, *names: str) -> set[str]:
    raw = (tmp_path / "repository/x86_64/APKINDEX.tar.gz").read_bytes()
    (part,) = reachable([open_index(source, "amd64", raw).text], names) or [b""]
    return {line[2:].decode() for line in part.splitlines() if line.startswith(b"P:")}


def test_it_holds_needs_providers_and_companions_and_no_more(source: ApkSource, tmp_path: Path) -> None:
    assert reached(source, tmp_path, "app") == {"app", "lib", "xlib"}
    assert reached(source, tmp_path, "app", "docs") == {"app", "lib", "xlib", "docs", "app-doc", "reader"}
    assert reached(source, tmp_path, "app", "nowhere") == set()


def test_a_part_serves_its_own_requests_only(source: ApkSource, tmp_path: Path) -> None:
    read(source, tmp_path / "s", "app")
    assert open_current("t", root=tmp_path / "s", wanted=["app"]).architectures == ("amd64",)
    for others in (["far"], []):
        with pytest.raises(SnapshotMissing, match="not fetched"):
            open_current("t", root=tmp_path / "s", wanted=others).index("amd64")


def test_the_whole_serves_all_and_no_part_is_made_beside_it(source: ApkSource, tmp_path: Path) -> None:
    whole = read(source, tmp_path / "s")
    assert answer(read(source, tmp_path / "s", "far"), "far") == [("far", "1.0-r0", "")]
    assert [path.name for path in whole.directory.iterdir() if path.name.startswith("amd64")] == ["amd64"]


def test_an_unknown_name_is_looked_up_in_the_whole(source: ApkSource, tmp_path: Path) -> None:
    with pytest.raises(UnknownPackage, match="Did you mean reader"):
        solve(read(source, tmp_path / "s", "readre"), architecture="amd64", packages=["readre"])


def test_an_unchanged_index_is_verified_again_but_not_unpacked(
    source: ApkSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read(source, tmp_path / "s", "app")
    monkeypatch.setattr("builds.engine.apk.archive._text", lambda archive: pytest.fail("unpacked"))
    again = read(source, tmp_path / "s", "app")
    assert (again.digest, again.epoch) == (before.digest, before.epoch)
    assert answer(again, "app") == answer(before, "app")
