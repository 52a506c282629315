"""The engine's invariants: an index of the tests that hold them, and those that no other file has."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from builds.engine.layout import write_layout
from builds.engine.sources.archive import debian_sources
from builds.engine.spec import Spec
from builds.engine.spec.values import DirectoryEntry, FileEntry, LinkEntry, UserAccount
from tests.builds.engine.debs import Deb, directory, link, put
from tests.builds.engine.kitchen import Kitchen, config_of, layer_members, merged
from tests.builds.trust import need

TESTS = Path(__file__).resolve().parents[1]
#: Invariant: (file, beginning of a test's name); each must be there.
INDEX = {
    1: [("engine/test_reproducible.py", "test_another_process_in_other_surroundings"), ("engine/test_reproducible.py", "test_the_number_of_threads")],
    2: [("engine/test_reproducible.py", "test_a_warm_store_gives"), ("engine/test_reproducible.py", "test_half_a_store_gives")],
    3: [("engine/test_layers.py", "test_no_path_is_twice_in_a_layer"), ("engine/test_package.py", "test_hostile_members_are_refused"), ("engine/test_fuzz.py", "test_any_members_in_any_order")],
    4: [("engine/test_invariants.py", "test_4_")],
    5: [("engine/test_package.py", "test_a_package_that_is_not_the_locked_one"), ("engine/test_fetch.py", "test_a_package_with_another_content"), ("engine/test_cli_archive.py", "test_an_index_signed_by_nobody")],
    6: [("engine/test_invariants.py", "test_6_")],
    7: [("engine/test_invariants.py", "test_7_"), ("engine/test_golden.py", "test_every_layer_is_what_its_digests_say")],
    8: [("engine/test_invariants.py", "test_8_")],
    9: [("publish/test_capabilities.py", "test_a_rebuild_that_can_do_more_moves_no_tag")],
    10: [("engine/test_package.py", "test_a_bomb_ends_early"), ("engine/test_fuzz.py", "test_a_bomb_is_refused")],
    11: [("engine/test_invariants.py", "test_11_"), ("engine/test_fetch.py", "test_an_archive_that_does_not_answer_is_said_without_its_password")],
}  # fmt: skip
SERVER = Deb(
    "server", "2:1.0+b1", files={"./usr/bin/server": "server", "./etc/server.conf": "x", "./usr/lib/server/a": "y" * 9000},
    members=[directory("./var/lib/server", mode=0o750), link("./usr/bin/serve", "server")],
)  # fmt: skip
LIBRARY = Deb(
    "library", "0.9-1", files={"./usr/lib/library.so": "library", "./usr/share/doc/library/README": "dropped"}
)


def test_every_invariant_has_its_tests() -> None:
    assert sorted(INDEX) == list(range(1, 12))
    for tests in INDEX.values():
        for file, name in tests:
            assert re.search(rf"^def {name}", (TESTS / file).read_text(), re.MULTILINE), (file, name)


def test_4_the_root_is_the_union_that_the_lock_describes(kitchen: Kitchen) -> None:
    both = set(merged(kitchen.store, kitchen.build(Spec(suite="trixie"), SERVER, LIBRARY).platforms[0]))
    alone = [
        set(merged(kitchen.store, kitchen.build(Spec(suite="trixie"), deb).platforms[0]))
        for deb in (SERVER, LIBRARY)
    ]
    assert both == alone[0] | alone[1]
    assert {"usr/bin/serve", "usr/lib/library.so", "var/lib/server"} <= both
    assert "usr/share/doc/library/README" not in both


def test_6_sbom_lock_and_status_name_the_same_packages(kitchen: Kitchen) -> None:
    lock = kitchen.lock(*(put(deb, kitchen.cache) for deb in (SERVER, LIBRARY)))
    image = kitchen.build_locked(Spec(suite="trixie"), lock).platforms[0]
    locked = {(package.name, package.version, package.sha256) for package in lock.packages["amd64"]}
    assert {(piece["name"], piece["version"], piece["sha256"]) for piece in image.sbom} == locked
    status = {
        path: body.decode() for path, (_, body) in merged(kitchen.store, image).items()
        if path.startswith("var/lib/dpkg/status.d/") and not path.endswith(".md5sums") and body
    }  # fmt: skip
    recorded = {
        tuple(re.findall(r"^(?:Package|Version): (.*)$", text, re.MULTILINE)) for text in status.values()
    }
    assert recorded == {(name, version) for name, version, _ in locked}


def test_7_skopeo_and_umoci_read_what_we_wrote(kitchen: Kitchen, tmp_path: Path) -> None:
    skopeo, umoci = need(shutil.which("skopeo"), "skopeo"), need(shutil.which("umoci"), "umoci")
    base, _ = kitchen.base(Spec(suite="trixie"), LIBRARY)
    spec = Spec(
        suite="trixie", files=(FileEntry("/app/run", b"mine", 0o755),), links=(LinkEntry("/app/now", "run"),)
    )
    golden = kitchen.golden(spec, base, SERVER)
    whole = kitchen.build(Spec(suite="trixie"), SERVER, LIBRARY)
    write_layout(kitchen.store, whole, tmp_path / "layout", tag="test")
    run = subprocess.run(
        [skopeo, "inspect", "--raw", f"oci:{tmp_path / 'layout'}:test"], capture_output=True, check=True
    )
    assert json.loads(run.stdout)["manifests"][0]["digest"] == whole.platforms[0].manifest.digest
    copied = tmp_path / "copied"
    subprocess.run(
        [skopeo, "copy", "--override-arch=amd64", f"oci:{tmp_path / 'layout'}:test", f"oci:{copied}:test"],
        capture_output=True, check=True,
    )  # fmt: skip
    rootless = [] if os.geteuid() == 0 else ["--rootless"]
    subprocess.run(
        [umoci, "unpack", *rootless, "--image", f"{copied}:test", str(tmp_path / "bundle")],
        capture_output=True, check=True,
    )  # fmt: skip
    root = tmp_path / "bundle/rootfs"
    found = {str(path.relative_to(root)) for path in root.rglob("*")}
    assert found == set(merged(kitchen.store, whole.platforms[0]))
    assert (root / "usr/lib/server/a").read_text() == "y" * 9000
    assert golden.layers[-1].kind == "own"


def test_8_an_override_never_alters_a_shared_layer(kitchen: Kitchen) -> None:
    base, below = kitchen.base(Spec(suite="trixie"), SERVER, LIBRARY)
    before = {
        layer.descriptor.digest: kitchen.store.read_blob(layer.descriptor.digest) for layer in below.layers
    }
    spec = Spec(
        suite="trixie", files=(FileEntry("/etc/server.conf", b"mine"),),
        directories=(DirectoryEntry("/var/lib/server", 0o700),), users=(UserAccount("me", 500, 500),),
    )  # fmt: skip
    golden = kitchen.golden(spec, base)
    assert [layer.descriptor.digest for layer in golden.layers[: len(before)]] == list(before)
    for digest, content in before.items():
        assert kitchen.store.read_blob(digest) == content
        assert layer_members(kitchen.store, digest)
    assert merged(kitchen.store, golden)["etc/server.conf"][1] == b"mine"
    assert (
        config_of(kitchen.store, golden)["rootfs"]["diff_ids"][: len(before)]
        == config_of(kitchen.store, below)["rootfs"]["diff_ids"]
    )


def test_11_a_password_of_an_archive_is_in_no_address_and_in_no_words(tmp_path: Path) -> None:
    given = "https://me:s3cret@mirror.example.org/debian https://me:s3cret@mirror.example.org/security"
    sources = debian_sources("trixie", environ={"ASSAY_ARCHIVE": given}, apt=tmp_path)
    assert all(source.login == ("me", "s3cret") for source in sources)
    told = repr(sources) + "".join(source.address("pool/x.deb") for source in sources)
    assert "s3cret" not in told
    with pytest.raises(Exception, match="mirror") as refused:
        debian_sources(
            "trixie", environ={"ASSAY_ARCHIVE": "ftp://me:s3cret@mirror.example.org/debian x"}, apt=tmp_path
        )
    assert "s3cret" not in str(refused.value)
