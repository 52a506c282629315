"""Two images that differ say in what: values, entries, content, or compression alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from builds.engine.compare import DocumentMissingError, differences
from builds.engine.spec import Spec
from builds.engine.spec.values import FileEntry
from builds.engine.store import Store
from tests.builds.engine.debs import Deb
from tests.builds.engine.kitchen import Kitchen

SPEC = Spec(
    suite="trixie", packages=("alpha",), env={"MODE": "fast"}, files=(FileEntry("/etc/motd", b"hello\n"),)
)
ALPHA = Deb("alpha", files={"./usr/bin/alpha": "a program " * 400, "./usr/bin/beta": "another"})


def told(kitchen: Kitchen, spec: Spec, *debs: Deb) -> list[str]:
    """Compare what the spec gives with what SPEC and ALPHA give."""
    elsewhere = Store(kitchen.folder / "elsewhere")
    first, second = kitchen.build(SPEC, ALPHA), kitchen.build(spec, *debs, store=elsewhere)
    return differences(kitchen.store, first.index.digest, elsewhere, second.index.digest)


def test_equal_images_have_nothing_to_tell(kitchen: Kitchen) -> None:
    assert told(kitchen, SPEC, ALPHA) == []


def test_a_value_of_the_configuration_is_named(kitchen: Kitchen) -> None:
    (sentence,) = told(kitchen, replace(SPEC, env={"MODE": "slow"}), ALPHA)
    assert sentence.startswith("amd64: configuration.config.Env: ")
    assert '"MODE=fast"' in sentence.partition(" here, ")[0]
    assert '"MODE=slow"' in sentence.partition(" here, ")[2]


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (FileEntry("/etc/motd", b"HELLO\n"), "etc/motd: other content"),
        (FileEntry("/etc/motd", b"hello\n", mode=0o600), "etc/motd: mode 420 here, 384 there"),
    ],
)
def test_an_entry_is_named_with_what_it_has_otherwise(
    kitchen: Kitchen, file: FileEntry, sentence: str
) -> None:
    assert told(kitchen, replace(SPEC, files=(file,)), ALPHA) == [f"amd64: layer 3 (own): {sentence}"]


def test_an_entry_of_one_side_is_named(kitchen: Kitchen) -> None:
    more = (*SPEC.files, FileEntry("/etc/more", b""))
    assert told(kitchen, replace(SPEC, files=more), ALPHA) == ["amd64: layer 3 (own): etc/more: only there"]


def test_another_package_is_told_by_its_files(kitchen: Kitchen) -> None:
    found = told(kitchen, SPEC, Deb("alpha", files={"./usr/bin/alpha": "changed"}))
    assert "amd64: layer 2 (packages: alpha): usr/bin/beta: only here" in found
    assert any("usr/bin/alpha: size 4000 here, 7 there; other content" in sentence for sentence in found)


def test_other_compression_of_the_same_content_is_told_apart(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kitchen.build(SPEC, ALPHA)
    monkeypatch.setattr("builds.engine.compressor.LEVEL", 0)
    monkeypatch.setattr("builds.engine.compressor.check", lambda: None)
    elsewhere = Store(kitchen.folder / "elsewhere")
    second = kitchen.build(SPEC, ALPHA, store=elsewhere)
    found = differences(kitchen.store, first.index.digest, elsewhere, second.index.digest)
    assert any(
        "gzip member 2, from usr/bin/alpha: the same content, compressed otherwise" in line for line in found
    )
    assert all("configuration" not in line for line in found)


def test_a_layer_that_is_not_at_hand_is_named(kitchen: Kitchen, tmp_path: Path) -> None:
    first = kitchen.build(SPEC, ALPHA)
    elsewhere = Store(tmp_path / "elsewhere")
    second = kitchen.build(SPEC, replace(ALPHA, version="2"), store=elsewhere)
    manifest = json.loads(elsewhere.read_blob(second.platforms[0].manifest.digest))
    elsewhere.blob_path(manifest["layers"][1]["digest"]).unlink()
    found = differences(kitchen.store, first.index.digest, elsewhere, second.index.digest)
    assert (
        f"amd64: layer 2 (packages: alpha): {manifest['layers'][1]['digest']} is not at hand there" in found
    )


@pytest.mark.parametrize("digest", ["sha256:" + "0" * 64, "sha256:../../../secret", "nonsense"])
def test_a_document_that_is_not_at_hand_is_told(kitchen: Kitchen, digest: str) -> None:
    (kitchen.folder / "secret").write_text("{}")
    image = kitchen.build(SPEC, ALPHA)
    with pytest.raises(DocumentMissingError, match="not at hand"):
        differences(kitchen.store, image.index.digest, kitchen.store, digest)
