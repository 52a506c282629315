"""The survey reads only scripts, from the first bytes, and says what a missing review blocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from builds.engine.errors import PackageUnreadableError
from builds.engine.recipes import PackageRecipe, RecipeBook
from builds.engine.recipes.scripts import residue_digest
from builds.engine.sources.transport import Transport
from builds.engine.survey.control import Reader, scripts_in
from builds.engine.survey.judging import Closures, judge_all, read_requests
from tests.builds.engine.archives import Archive
from tests.builds.engine.debs import PACKERS, Deb, lock_deb

WILD = Deb(
    "wild", files={"./big": bytes(range(256)) * 4000}, scripts={"postinst": "#!/bin/sh\nuseradd wild\n"}
)
LOCKED = lock_deb(WILD)


@pytest.fixture
def reader(archive: Archive, tmp_path: Path, transport: Transport) -> Reader:
    archive.files[LOCKED.path] = WILD.to_bytes()
    return Reader({"debian": archive.source}, transport, tmp_path / "cache", tmp_path / "kept")


@pytest.mark.parametrize("packing", PACKERS)
def test_scripts_are_found_in_the_first_bytes(packing: str) -> None:
    raw = Deb(
        "x", files={"./big": bytes(100_000)}, scripts={"preinst": "a", "prerm": "b"}, packing=packing
    ).to_bytes()
    start = raw[: raw.index(b"data.tar") + 100]
    assert scripts_in(start, "x") == {"preinst": b"a"}
    assert scripts_in(raw[:100], "x") is None


def test_only_the_start_of_a_package_is_asked_for_and_once(reader: Reader, archive: Archive) -> None:
    for _ in range(2):
        assert reader.scripts([LOCKED]) == {"wild": {"postinst": b"#!/bin/sh\nuseradd wild\n"}}
    assert archive.asked == [(LOCKED.path, "bytes=0-32767")]


def test_what_is_no_package_is_said(reader: Reader, archive: Archive) -> None:
    archive.files[LOCKED.path] = b"<html>no</html>" * 100
    with pytest.raises(PackageUnreadableError, match="wild"):
        reader.scripts([LOCKED])


def test_packages_are_plain_unreviewed_or_have_recipes() -> None:
    names = ("plain", "calm", "wild", "wilder", "known")
    closures = Closures(
        packages={name: lock_deb(Deb(name)) for name in names},
        needs={
            "one": frozenset({"plain", "wild"}),
            "two": frozenset({"wilder", "wild"}),
            "three": frozenset({"calm"}),
        },
        refused={},
    )
    scripts = {
        "calm": {"postinst": b"echo calm\n"},
        "wild": {"postinst": b"useradd wild\n"},
        "wilder": {"preinst": b"rm x\n"},
    }
    harmless = residue_digest(b"echo calm\n", "calm")
    book = RecipeBook({"known": PackageRecipe("known")}, frozenset(), frozenset({harmless}))
    plain, unreviewed = judge_all(closures, {**scripts, "plain": {}}, book)
    assert plain == ["calm", "plain"]
    assert [(one.package, one.blocks) for one in unreviewed] == [
        ("wild", ("one", "two")),
        ("wilder", ("two",)),
    ]
    assert unreviewed[0].left == {"postinst": "useradd @PACKAGE@"}


def test_the_committed_requests_are_many_and_different() -> None:
    requests = read_requests()
    assert len(requests) > 400
    assert {"curl", "git", "jq", "build-essential", "php-cli", "ffmpeg"} <= {name for (name,) in requests}
