"""The command line on an apk repository: resolve, lock, build, verify, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builds.engine.cli import main
from builds.engine.cli.origins import APK_SUITE
from tests.builds.engine.apk.makers import apk, key_file, key_named, repository

DEFINITION = "spec: {suite: wolfi, packages: [app], architectures: [amd64, arm64]}\n"


@pytest.fixture(autouse=True)
def _own_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_SNAPSHOTS", str(tmp_path / "snapshots"))
    monkeypatch.setenv("ASSAY_PACKAGE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """A repository of two architectures, and how the command line is told of it."""
    apks = [apk(name, architecture=arch, depend="lib" if name == "app" else "")
            for name in ("app", "lib") for arch in ("x86_64", "aarch64")]  # fmt: skip
    place = repository(tmp_path / "repository", *apks)
    (tmp_path / "app.yaml").write_text(DEFINITION)
    return ["--apk", f"wolfi={place}", "--key", str(key_file(tmp_path / "keys"))]


def test_resolve_prints_the_checksums_of_the_signed_index(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["resolve", "--json", *options, "app"]) == 0
    packages = json.loads(capsys.readouterr().out)["packages"]
    assert [(p["name"], p["architecture"], p["checksum"][:2]) for p in packages] == [
        ("app", "x86_64", "Q1"), ("lib", "x86_64", "Q1"),
    ]  # fmt: skip


def test_a_lock_is_built_and_verified_to_the_digest_of_a_plain_build(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    definition, lock, kept = tmp_path / "app.yaml", tmp_path / "app.lock", tmp_path / "kept.lock"
    assert main(["lock", *options, "-o", str(lock), str(definition)]) == 0
    locked = json.loads(lock.read_text())["lock"]
    assert locked["format"] == "apk"
    assert {len(p["sha256"]) for found in locked["packages"].values() for p in found} == {64}
    store = ["--store", str(tmp_path / "store")]
    assert main(["build", *options, *store, "--definition", str(definition), "--write-lock", str(kept)]) == 0
    plain = json.loads(kept.read_text())["index"]
    assert main(["build", *options, "--store", str(tmp_path / "other"), "--lock", str(lock)]) == 0
    assert plain in capsys.readouterr().out
    assert main(["verify", *options, "--lock", str(kept)]) == 0
    assert f"same: {plain}" in capsys.readouterr().out


def test_a_definition_in_apkos_words_is_built_and_refused_by_its_own_names(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    definition, kept = tmp_path / "apko.yaml", tmp_path / "kept.lock"
    words = (
        "contents: {packages: [app]}\nentrypoint: {command: /usr/bin/app --once}\narchs: [x86_64, aarch64]\n"
    )
    definition.write_text(words)
    build = ["build", *options, "--store", str(tmp_path / "store"), "--definition", str(definition)]
    assert main([*build, "--write-lock", str(kept)]) == 0
    order = json.loads(kept.read_text())
    assert (order["spec"]["packages"], order["spec"]["entrypoint"]) == (["app"], ["/usr/bin/app", "--once"])
    assert set(order["lock"]["packages"]) == {"amd64", "arm64"}
    assert order["spec"]["suite"] == order["lock"]["suite"] == APK_SUITE
    assert main(["lock", *options, "-o", str(tmp_path / "lock"), str(definition)]) == 0
    assert main(["verify", *options, "--lock", str(kept)]) == 0
    definition.write_text(words + "contents: {packages: [app]}\n")
    assert main(build) == 2
    definition.write_text("contents: {packages: [app], keyring: [a.pub]}\n")
    assert main(build) == 2
    assert "contents.keyring: " in capsys.readouterr().err


def test_a_changed_repository_is_seen_at_once(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["resolve", *options, "lib"]) == 0
    repository(tmp_path / "repository", apk("lib", "2.0-r0"))
    assert main(["resolve", *options, "lib"]) == 0
    assert " 2.0-r0 " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--apk", "PLACE"], "archive-setting"), (["--apk", "PLACE", "--key", "STRANGER"], "index-signature"),
     (["--apk", "a=PLACE", "--apk", "a=PLACE", "--key", "KEY"], "archive-setting"),
     (["--apk", "PLACE", "--key", "PLACE"], "apk-key"), (["--apk", "/nowhere", "--key", "KEY"], "archive-unreachable"),
     (["--apk", "PLACE", "--unsigned", "other", "--key", "KEY"], "archive-setting")],
)  # fmt: skip
def test_what_cannot_be_trusted_is_refused(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    stranger = key_file(tmp_path / "strangers", key_named("stranger.rsa.pub"))
    meant = {"PLACE": str(tmp_path / "repository"), "KEY": options[3], "STRANGER": str(stranger)}
    for mark, value in meant.items():
        words = [word.replace(mark, value) for word in words]
    assert main(["resolve", *words, "app"]) == 2
    assert f"[{code}]" in capsys.readouterr().err


def test_an_unsigned_repository_is_taken_by_name_only(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--apk", f"mine={tmp_path / 'repository'}", "--unsigned", "mine", "app"]
    assert main(["resolve", *words]) == 0
    assert "app " in capsys.readouterr().out
