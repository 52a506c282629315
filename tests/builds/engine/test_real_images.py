"""Real packages: every starter image passes its own tests in the sandbox, and golden images are made upon one."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from builds.engine.built import PlatformImage
from builds.engine.deb.relation import parse_field
from builds.engine.errors import RemovalUnsafe, UnknownPackage
from builds.engine.layout import write_layout
from builds.engine.locking import make_lock
from builds.engine.planning import MOST_OF_AN_IMAGE
from builds.engine.recipes import UnreviewedPackageError, load_book
from builds.engine.sandbox import RuncRunner, TestReport, TestSpec
from builds.engine.scan import scan_image
from builds.engine.spec import Spec
from builds.engine.spec.values import BaseImage
from builds.engine.store import Store
from builds.starter.definitions import definitions
from tests.builds.engine.kitchen import merged
from tests.builds.engine.real import SUITE, built, definition, fetched_lock, snapshot
from tests.builds.engine.reproduce import twice
from tests.builds.trust import need

pytestmark = [pytest.mark.network, pytest.mark.xdist_group("real")]
#: One of each kind, and what the demo builds; `make catalogue` builds and tests them all.
NAMES = [
    "static",
    "base",
    "python",
    "nginx",
    "redis",
    "node",
    "openjdk-jre",
    "postgres",
    "mariadb",
    "git",
    "erlang",
]


def passes(store: Store, image: PlatformImage, spec: TestSpec) -> TestReport:
    report = RuncRunner().run(store=store, image=image, spec=spec)
    assert report.passed, [(check.name, check.evidence) for check in report.checks if not check.passed]
    return report


@pytest.mark.parametrize("name", NAMES)
def test_a_starter_image_passes_its_tests(store: Store, name: str) -> None:
    body = definition(name)
    spec = Spec.from_json(body["spec"])
    lock = fetched_lock(spec)
    image = built(spec, store, lock).platforms[0]
    report = passes(store, image, TestSpec.from_json(body["tests"]))
    assert report.was_run
    assert len(image.layers) <= MOST_OF_AN_IMAGE + 3
    scan = scan_image(image, lock.packages["amd64"], store=store, book=load_book())
    assert scan.findings == ()


@pytest.mark.parametrize("name", ["static", "nginx", "git"])
def test_another_worker_in_other_conditions_builds_the_same(store: Store, name: str) -> None:
    made = twice(definitions()[name].streams[0], store.root)
    assert made.first == made.second, made.differences
    assert len(made.first) == 1 + len(definitions()[name].streams[0].spec.get("architectures", ["amd64"]))


def test_an_image_runs_without_what_was_taken_from_its_base(store: Store, tmp_path: Path) -> None:
    """Git without its ssh: gone for runc, for umoci, and from what names the packages."""
    umoci = need(shutil.which("umoci"), "umoci")
    body = definition("git")
    spec = Spec.from_json(body["spec"])
    lock = fetched_lock(spec)
    below = built(spec, store, lock).platforms[0]
    base = BaseImage("acme/git:2.47", {"amd64": below.manifest.digest}, spec, lock)
    with pytest.raises(RemovalUnsafe, match="libfido2-1 cannot be removed: openssh-client needs it"):
        fetched_lock(Spec(suite=SUITE, remove=("libfido2-1",), base=base))
    wish = Spec(suite=SUITE, remove=("openssh-client", "libfido2-1"), base=base)
    thin = fetched_lock(wish)
    image = built(wish, store, thin)
    platform = image.platforms[0]
    assert [layer.descriptor for layer in platform.layers[:-1]] == [
        layer.descriptor for layer in below.layers
    ]
    gone = {
        "commands": [
            {"name": "no ssh", "args": ["/usr/bin/dash", "-c", "test ! -e /usr/bin/ssh && git --version"]}
        ]
    }
    kept, own = TestSpec.from_json(body["tests"]), TestSpec.from_json(gone)
    passes(store, platform, replace(kept, commands=kept.commands + own.commands))
    write_layout(store, image, tmp_path / "layout", tag="thin")
    rootless = [] if os.geteuid() == 0 else ["--rootless"]
    subprocess.run(
        [umoci, "unpack", *rootless, "--image", f"{tmp_path / 'layout'}:thin", str(tmp_path / "bundle")],
        capture_output=True, check=True,
    )  # fmt: skip
    root = tmp_path / "bundle/rootfs"
    assert not (root / "usr/bin/ssh").exists()
    assert not (root / "etc/ssh").exists()
    assert {file.name for file in (root / "var/lib/dpkg/status.d").iterdir() if file.suffix != ".md5sums"} == {
        package.name for package in thin.packages["amd64"]
    } == {piece["name"] for piece in platform.sbom}  # fmt: skip


def python_base(store: Store) -> tuple[BaseImage, PlatformImage, TestSpec]:
    body = definition("python")
    spec = Spec.from_json(body["spec"])
    lock = fetched_lock(spec)
    image = built(spec, store, lock).platforms[0]
    base = BaseImage("acme/python:3.13", {"amd64": image.manifest.digest}, spec, lock)
    return base, image, TestSpec.from_json(body["tests"])


def test_a_golden_image_runs_what_was_added_and_what_was_there(store: Store, tmp_path: Path) -> None:
    base, below, tests = python_base(store)
    wish = Spec(
        suite=SUITE, packages=("curl", "jq"), entrypoint=("/usr/bin/jq", "-n", "6 * 7"), env={"MODE": "fast"},
        labels={"team": "web"}, base=base,
    )  # fmt: skip
    lock = fetched_lock(wish)
    image = built(wish, store, lock).platforms[0]
    assert [layer.descriptor for layer in image.layers[: len(below.layers)]] == [
        layer.descriptor for layer in below.layers
    ]
    assert len(image.layers) <= len(below.layers) + 2
    added = {"commands": [
        {"name": "jq", "args": ["/usr/bin/jq", "-n", "6 * 7"], "stdout": "^42$"},
        {"name": "curl", "args": ["/usr/bin/curl", "--version"], "stdout": "OpenSSL|GnuTLS"},
    ]}  # fmt: skip
    kept = tests.for_customised(is_command_changed=True)
    own = TestSpec.from_json(added)
    passes(store, image, replace(kept, commands=kept.commands + own.commands))
    cold = Store(tmp_path)
    for digest in (below.manifest.digest, below.config.digest):
        cold.put_blob(store.read_blob(digest))
    assert built(wish, cold, lock).platforms[0].manifest == image.manifest


def test_a_foreign_reader_finds_a_layout_sound(store: Store, tmp_path: Path) -> None:
    if subprocess.run(["which", "skopeo"], capture_output=True, check=False).returncode:
        pytest.skip("skopeo is not installed")
    image = built(Spec.from_json(definition("base")["spec"]), store)
    write_layout(store, image, tmp_path / "layout")
    copied = subprocess.run(
        ["skopeo", "copy", "--quiet", f"oci:{tmp_path / 'layout'}", f"dir:{tmp_path / 'copy'}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert copied.returncode == 0, copied.stderr


def test_packages_in_the_image_are_those_of_the_lock(store: Store) -> None:
    _, image, _ = python_base(store)
    base, _, _ = python_base(store)
    recorded = {
        path.removeprefix("var/lib/dpkg/status.d/")
        for path in merged(store, image)
        if path.startswith("var/lib/dpkg/status.d/") and not path.endswith(".md5sums")
    }
    locked = {package.name for package in base.lock.packages["amd64"]}
    assert recorded == locked == {piece["name"] for piece in image.sbom}


def test_a_package_that_needs_its_scripts_is_refused_before_anything_is_fetched() -> None:
    with pytest.raises(UnreviewedPackageError, match="systemd"):
        make_lock(Spec(suite=SUITE, packages=("systemd",)), snapshot())
    with pytest.raises(UnknownPackage, match="Did you mean"):
        make_lock(Spec(suite=SUITE, packages=("crul",)), snapshot())


def test_what_recipes_leave_out_is_still_a_dependency() -> None:
    facts = snapshot().index("amd64").facts
    stale = []
    for name, recipe in load_book().recipes.items():
        for fact in facts.by_name(name)[:1]:
            named = {relation.name for group in parse_field(fact.depends) for relation in group}
            if recipe.elide and not named & set(recipe.elide):
                stale.append(name)
    assert stale == []
