"""What a look at an image's files says without running it."""

from __future__ import annotations

import gzip
from pathlib import Path

from builds.engine.sandbox.rootfs import unpack_layers
from builds.engine.sandbox.static import static_checks
from builds.engine.sandbox.values import Check, TestSpec
from tests.builds.engine.debs import directory, link, member, tar_of


def started(folder: Path, program: str) -> Check:
    members = [
        directory("usr"), directory("usr/bin"), directory("usr/local"), directory("usr/local/bin"),
        member("usr/bin/python3.13", b"1", mode=0o755), link("usr/local/bin/python3", "/usr/bin/python3.13"),
        member("usr/local/python3", b"no program"),
    ]  # fmt: skip
    layer = folder / "layer.gz"
    layer.write_bytes(gzip.compress(tar_of(members)))
    (folder / "root").mkdir()
    merged = unpack_layers([layer], folder / "root", folder)
    checks = static_checks(TestSpec(), {"User": "65532", "Entrypoint": [program]}, merged)
    return next(check for check in checks if check.name == "has the program it starts")


def test_a_program_is_found_through_links(tmp_path: Path) -> None:
    assert started(tmp_path, "/usr/local/bin/python3").passed


def test_who_names_the_wrong_place_is_told_the_right_one(tmp_path: Path) -> None:
    check = started(tmp_path, "/usr/bin/python3")
    assert not check.passed
    assert check.evidence == "/usr/bin/python3 is missing or no program; there is /usr/local/bin/python3"


def test_a_program_that_is_nowhere_is_missing(tmp_path: Path) -> None:
    assert started(tmp_path, "/usr/bin/perl").evidence == "/usr/bin/perl is missing or no program"
