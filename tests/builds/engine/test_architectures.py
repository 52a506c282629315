"""Two architectures in one index, assembled on any machine: each its own packages, and an index over both."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builds.engine.built import BuiltImage
from builds.engine.layout import write_layout
from builds.engine.spec import Spec, validate
from builds.engine.spec.values import BaseImage
from tests.builds.engine.debs import Deb, put
from tests.builds.engine.kitchen import Kitchen, config_of, merged

SPEC = Spec(
    suite="trixie", packages=("tool",), entrypoint=("/usr/bin/tool",), architectures=("arm64", "amd64")
)


def both(kitchen: Kitchen) -> BuiltImage:
    packages = {
        name: (put(Deb("tool", architecture=name, files={"./usr/bin/tool": f"for {name}"}), kitchen.cache),)
        for name in ("amd64", "arm64")
    }
    return kitchen.build_locked(SPEC, replace(kitchen.lock(), packages=packages))


def document(kitchen: Kitchen, digest: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(kitchen.store.read_blob(digest))
    return found


def test_the_index_lists_both_platforms_by_their_manifests(kitchen: Kitchen) -> None:
    image = both(kitchen)
    listed = document(kitchen, image.index.digest)["manifests"]
    assert [entry["platform"] for entry in listed] == [
        {"os": "linux", "architecture": "amd64"},
        {"os": "linux", "architecture": "arm64", "variant": "v8"},
    ]
    assert [entry["digest"] for entry in listed] == [one.manifest.digest for one in image.platforms]


def test_each_platform_has_its_own_packages_and_says_so(kitchen: Kitchen) -> None:
    for one in both(kitchen).platforms:
        assert merged(kitchen.store, one)["usr/bin/tool"][1] == f"for {one.architecture}".encode()
        assert config_of(kitchen.store, one)["architecture"] == one.architecture


def test_one_platform_is_the_same_image_with_and_without_the_other(kitchen: Kitchen) -> None:
    image = both(kitchen)
    locked = put(Deb("tool", files={"./usr/bin/tool": "for amd64"}), kitchen.cache)
    alone = kitchen.build_locked(replace(SPEC, architectures=("amd64",)), kitchen.lock(locked))
    assert alone.platforms[0].manifest == image.platforms[0].manifest
    assert alone.index != image.index


def test_an_architecture_that_the_base_lacks_is_refused(kitchen: Kitchen) -> None:
    image = both(kitchen)
    base = BaseImage("acme/base:1", {"amd64": image.platforms[0].manifest.digest}, SPEC, kitchen.lock())
    errors = validate(replace(SPEC, packages=(), base=base))
    assert [error.code for error in errors] == ["architecture-base"]


def test_a_foreign_reader_takes_the_platform_it_is_asked_for(kitchen: Kitchen, tmp_path: Path) -> None:
    if shutil.which("skopeo") is None:
        pytest.skip("skopeo is not installed")
    image = both(kitchen)
    write_layout(kitchen.store, image, tmp_path / "layout")
    subprocess.run(
        [
            "skopeo",
            "copy",
            "--quiet",
            "--override-arch",
            "arm64",
            f"oci:{tmp_path}/layout",
            f"dir:{tmp_path}/copy",
        ],
        check=True,
    )
    taken = (tmp_path / "copy/manifest.json").read_bytes()
    assert taken == kitchen.store.read_blob(image.platforms[1].manifest.digest)
