"""The engine's command line, on the real archive's index."""

from __future__ import annotations

from pathlib import Path

import pytest

from builds.engine.cli import main
from tests.builds.engine.real import IMAGES, snapshot

pytestmark = [pytest.mark.network, pytest.mark.xdist_group("real")]


@pytest.fixture(autouse=True)
def _index() -> None:
    snapshot()


def test_a_definition_is_built_and_tested(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["build", "--definition", str(IMAGES / "static.yaml"), "--store", str(tmp_path), "--test"]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "static amd64: " in told
    assert "pass  has /etc/passwd" in told
    assert main(words) == 0
    assert capsys.readouterr().out.split()[6] == told.split()[6]  # the digest


def test_a_definition_whose_tests_fail_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    definition = tmp_path / "bad.yaml"
    definition.write_text("spec: {suite: trixie, packages: [netbase]}\ntests: {files: [{path: /gone}]}\n")
    assert main(["build", "--definition", str(definition), "--store", str(tmp_path / "store"), "--test"]) == 1
    assert "FAIL  has /gone" in capsys.readouterr().out


def test_a_refusal_ends_with_two_a_sentence_and_a_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    definition = tmp_path / "wild.yaml"
    definition.write_text("spec: {suite: trixie, packages: [systemd]}\n")
    assert main(["build", "--definition", str(definition), "--store", str(tmp_path / "store")]) == 2
    assert "systemd brings installation scripts" in (said := capsys.readouterr().err)
    assert "[package-unreviewed]" in said
    assert main(["resolve", "crul"]) == 2
    assert "[package-unknown]" in capsys.readouterr().err


def test_a_request_is_resolved(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resolve", "curl"]) == 0
    told = capsys.readouterr().out
    assert "requested" in told
    assert "needed by curl" in told


def test_a_plan_is_shown_without_being_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(IMAGES / "base.yaml"), str(IMAGES / "static.yaml")]) == 0
    assert "all\n" in capsys.readouterr().out
