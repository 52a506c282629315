"""Real content: an image of an apk repository made from Debian packages starts and answers in the sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builds.engine.apk.pin import pin
from builds.engine.apk.source import apk_source
from builds.engine.build import build
from builds.engine.fetch import default_cache, package_file
from builds.engine.layout import write_layout
from builds.engine.locking import make_lock
from builds.engine.sandbox import NoRuncError, RuncRunner, TestSpec
from builds.engine.sandbox.container import find_runc
from builds.engine.spec import Spec
from builds.engine.store import Store
from builds.engine.testing import apkrepo
from tests.builds.engine.apk.makers import BOOK, private_key, snapshot_of
from tests.builds.engine.real import fetched_lock

pytestmark = [pytest.mark.network, pytest.mark.xdist_group("runc")]
#: A program with libraries of its own, so that the loader and the merged directories are tried as well.
PACKAGES = ("jq", "busybox-static")


def test_real_programs_run_in_an_image_of_apk_packages(tmp_path: Path) -> None:
    try:
        find_runc()
    except NoRuncError as error:
        pytest.skip(str(error))
    debs = fetched_lock(Spec(suite="trixie", packages=PACKAGES)).packages["amd64"]
    files = [str(package_file(default_cache(), package.sha256)) for package in debs]
    private_key(tmp_path / "repo.rsa")
    assert apkrepo.main([*files, "-o", str(tmp_path / "repo")]) == 0
    source = apk_source(str(tmp_path / "repo"), id_="ours", keys=[tmp_path / "repo.rsa.pub"])
    spec = Spec(suite="ours-1", packages=PACKAGES, entrypoint=("/usr/bin/jq",))
    lock = make_lock(
        spec, snapshot_of(source, tmp_path, suite="ours-1"), book=BOOK,
        pin=lambda packages: pin(packages, sources=[source], cache=tmp_path / "cache"),
    )  # fmt: skip
    store = Store(tmp_path / "store")
    image = build(spec, lock, store, tmp_path / "cache", book=BOOK)
    cat = ["/usr/bin/busybox", "cat"]
    tests = {
        "commands": [
            {"name": "a program with libraries", "args": ["/usr/bin/jq", "-n", "20 + 22"], "stdout": "^42"},
            {"name": "the database", "args": [*cat, "/lib/apk/db/installed"], "stdout": "P:libjq1"},
            {"name": "the system's name", "args": [*cat, "/etc/os-release"], "stdout": "ID=ours"},
        ],
        "files": [{"path": "/etc/apk/world", "mode": "0644", "uid": 0, "gid": 0}],
    }
    report = RuncRunner().run(store=store, image=image.platforms[0], spec=TestSpec.from_json(tests))
    assert [(check.name, check.evidence) for check in report.checks if not check.passed] == []
    write_layout(store, image, tmp_path / "layout")
    assert (
        json.loads((tmp_path / "layout/index.json").read_bytes())["manifests"][0]["digest"]
        == image.index.digest
    )
