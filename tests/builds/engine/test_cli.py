"""The engine's command line, on the real archive's index."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builds.engine.cli import SUBCOMMANDS, main
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


def test_json_has_exactly_what_names_a_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resolve", "--json", "haproxy", "curl"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert next(iter(told)) == "packages"
    assert {frozenset(package) for package in told["packages"]} == {
        frozenset({"name", "version", "architecture", "sha256", "size"})
    }
    names = [package["name"] for package in told["packages"]]
    assert {"haproxy", "curl", "libc6"} <= set(names)
    assert names == sorted(names)


def test_a_package_is_explained_by_the_way_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--why", "libnghttp2-14", "curl"]) == 0
    assert capsys.readouterr().out.split()[:2] == ["curl", "->"]
    assert main(["explain", "--why", "nginx", "curl"]) == 1
    assert "nginx: not among the packages" in capsys.readouterr().out


def test_what_cannot_be_solved_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "postfix", "exim4-daemon-light"]) == 1
    said = capsys.readouterr().out
    assert "cannot be installed together" in said
    assert said.count("conflicts with") == 1  # once is enough, though each declares it


def test_a_lock_builds_and_verifies_and_names_another_digest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock, built = tmp_path / "static.lock", tmp_path / "built.lock"
    assert main(["lock", str(IMAGES / "static.yaml"), "-o", str(lock)]) == 0
    assert main(["verify", "--lock", str(lock)]) == 2
    assert "[digest-missing]" in capsys.readouterr().err
    words = ["build", "--lock", str(lock), "--store", str(tmp_path / "store"), "--write-lock", str(built)]
    assert main([*words, "--layout", str(tmp_path / "layout")]) == 0
    assert (tmp_path / "layout/oci-layout").is_file()
    assert main(["verify", "--lock", str(built)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("same: sha256:")
    assert main(["verify", "--lock", str(built), "--digest", "sha256:" + "0" * 64]) == 1
    assert "DIFFERENT" in capsys.readouterr().out
    changed = json.loads(built.read_text())
    changed["spec"]["env"] = {"A": "b"}
    built.write_text(json.dumps(changed))
    assert main(["verify", "--lock", str(built)]) == 1
    capsys.readouterr()
    assert main(["verify", "--lock", str(built), "--against", str(tmp_path / "layout")]) == 1
    assert "  amd64: configuration.config.Env: " in capsys.readouterr().out
    assert main(["verify", "--lock", str(built), "--against", str(tmp_path)]) == 2
    assert "[layout-unreadable]" in capsys.readouterr().err


def test_a_broken_definition_is_refused_by_field_and_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.yaml"
    for text, said in {
        "[": "[definition-invalid]",
        "spec: {suite: trixie, ports: ['0'], workdir: app}": "ports[0]: A port is a number",
        "spec: {suite: trixie, colour: red}": "colour: There is no such field",
    }.items():
        file.write_text(text)
        assert main(["lock", str(file)]) == 2
        assert said in capsys.readouterr().err


def test_every_verb_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in SUBCOMMANDS:
        with pytest.raises(SystemExit) as ended:
            main([verb, "--help"])
        assert ended.value.code == 0
        assert verb in capsys.readouterr().out


def test_a_plan_is_shown_without_being_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    files = [str(IMAGES / "base.yaml"), str(IMAGES / "static.yaml")]
    assert main(["plan", "--store", str(tmp_path), *files]) == 0
    assert "1 groups; layers of packages an image: 1.5 on average, 2 at most" in capsys.readouterr().out
