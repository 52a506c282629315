"""A golden image: a base's layers untouched, one layer of added packages, one of its own."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from dataclasses import replace

import pytest

from builds.engine.build import LockDiffersError, SpecInvalidError
from builds.engine.contents import PathConflictError
from builds.engine.gather import PackageMissingError
from builds.engine.inherited import BaseMissingError
from builds.engine.recipes import Alternative, UnreviewedPackageError
from builds.engine.spec import Spec, validate
from builds.engine.spec.values import DirectoryEntry, FileEntry, GroupAccount, LinkEntry, UserAccount
from tests.builds.engine.debs import Deb, lock_deb
from tests.builds.engine.kitchen import Kitchen, config_of, layer_members, merged

BASE = Spec(
    suite="trixie", packages=("python",), entrypoint=("/usr/bin/python",), cmd=("-q",), env={"LANG": "C.UTF-8"},
    user="nonroot", workdir="/home/nonroot", labels={"kind": "base"}, ports=("8000",),
    files=(FileEntry("/etc/base.conf", b"base\n"),),
)  # fmt: skip
PYTHON = Deb("python", files={"./usr/bin/python": "a program", "./etc/python.conf": "python\n"})
CURL = Deb("curl", files={"./usr/bin/curl": "curl itself"})
GIT = Deb("git", files={"./usr/bin/git": "git itself"})
PLAIN = Spec(suite="trixie", packages=("curl", "git"))


def test_it_adds_one_layer_of_packages_and_one_of_its_own(kitchen: Kitchen) -> None:
    base, below = kitchen.base(BASE, PYTHON)
    golden = kitchen.golden(replace(PLAIN, files=(FileEntry("/app/main.py", b"1\n"),)), base, CURL, GIT)
    assert golden.layers[: len(below.layers)] == tuple(
        replace(layer, kind="base", name="base", packages=(), raw_size=0, is_shared=True, is_new=False)
        for layer in below.layers
    )
    assert [layer.kind for layer in golden.layers[len(below.layers) :]] == ["packages", "own"]
    assert golden.layers[-2].packages == ("curl", "git")
    found = merged(kitchen.store, golden)
    assert found["usr/bin/curl"][1] == b"curl itself"
    assert found["usr/bin/python"][1] == b"a program"
    assert found["app/main.py"][1] == b"1\n"


def test_its_own_layer_holds_only_what_is_its_own(kitchen: Kitchen) -> None:
    base, _ = kitchen.base(BASE, PYTHON)
    golden = kitchen.golden(replace(PLAIN, files=(FileEntry("/app/main.py", b"1\n"),)), base, CURL, GIT)
    names = [info.name for info, _ in layer_members(kitchen.store, golden.layers[-1].descriptor.digest)]
    assert names == ["app", "app/main.py"]


def test_without_packages_or_files_it_adds_no_layer(kitchen: Kitchen) -> None:
    base, below = kitchen.base(BASE, PYTHON)
    golden = kitchen.golden(Spec(suite="trixie", labels={"team": "web"}), base)
    assert len(golden.layers) == len(below.layers)
    assert golden.manifest.digest != below.manifest.digest
    assert config_of(kitchen.store, golden)["config"]["Labels"] == {"kind": "base", "team": "web"}


def test_what_it_does_not_say_is_as_the_base_has_it(kitchen: Kitchen) -> None:
    base, _ = kitchen.base(BASE, PYTHON)
    config = config_of(kitchen.store, kitchen.golden(PLAIN, base, CURL, GIT))["config"]
    assert config["Entrypoint"] == ["/usr/bin/python"]
    assert config["Cmd"] == ["-q"]
    assert config["User"] == "65532:65532"
    assert config["WorkingDir"] == "/home/nonroot"
    assert config["ExposedPorts"] == {"8000/tcp": {}}
    assert "LANG=C.UTF-8" in config["Env"]


def test_an_entrypoint_drops_the_command_of_the_base(kitchen: Kitchen) -> None:
    base, _ = kitchen.base(BASE, PYTHON)
    wish = replace(PLAIN, entrypoint=("/usr/bin/curl",), env={"LANG": "C", "MODE": "fast"})
    config = config_of(kitchen.store, kitchen.golden(wish, base, CURL, GIT))["config"]
    assert config["Entrypoint"] == ["/usr/bin/curl"]
    assert "Cmd" not in config
    assert {"LANG=C", "MODE=fast"} <= set(config["Env"])


def test_a_golden_image_reproduces_with_an_empty_store(kitchen: Kitchen) -> None:
    base, below = kitchen.base(BASE, PYTHON)
    first = kitchen.golden(PLAIN, base, CURL, GIT)
    documents = [below.manifest.digest, below.config.digest]
    kept = {digest: kitchen.store.read_blob(digest) for digest in documents}
    shutil.rmtree(kitchen.store.root)
    for digest, document in kept.items():
        assert kitchen.store.put_blob(document) == digest
    assert kitchen.golden(PLAIN, base, CURL, GIT).manifest == first.manifest


def test_a_golden_image_can_be_made_upon_a_golden_image(kitchen: Kitchen) -> None:
    base, _ = kitchen.base(BASE, PYTHON)
    wish = replace(PLAIN, packages=("curl",), users=(UserAccount("app", 1000, 1000, "/app"),))
    lock = kitchen.lock(
        *(replace(package, inherited=True) for package in base.lock.packages["amd64"]), lock_deb(CURL)
    )
    middle = kitchen.golden(wish, base, CURL)
    upon = replace(
        base, manifests={"amd64": middle.manifest.digest}, spec=replace(wish, base=base), lock=lock
    )
    top = kitchen.golden(Spec(suite="trixie", packages=("git",), user="app"), upon, GIT)
    assert config_of(kitchen.store, top)["config"]["User"] == "1000:1000"
    assert {"usr/bin/python", "usr/bin/curl", "usr/bin/git"} <= set(merged(kitchen.store, top))
    assert b"app:x:1000:1000" in merged(kitchen.store, top)["etc/passwd"][1]


def test_users_and_groups_of_packages_and_people_are_in_the_account_files(kitchen: Kitchen) -> None:
    kitchen.recipe("curl", users=(UserAccount("curl", 990, 990),), groups=(GroupAccount("curl", 990),))
    base, _ = kitchen.base(BASE, PYTHON)
    golden = kitchen.golden(
        replace(PLAIN, users=(UserAccount("app", 1000, 1000),), user="app"), base, CURL, GIT
    )
    found = merged(kitchen.store, golden)
    lines = found["etc/passwd"][1].decode().splitlines()
    assert [line.split(":")[0] for line in lines] == ["root", "curl", "app", "nonroot", "nobody"]
    assert all(line.endswith(":/usr/sbin/nologin") for line in lines)
    assert b"app:x:1000:" in found["etc/group"][1]


def test_a_file_of_the_base_is_overridden_above_it(kitchen: Kitchen) -> None:
    base, below = kitchen.base(BASE, PYTHON)
    golden = kitchen.golden(
        Spec(suite="trixie", files=(FileEntry("/etc/python.conf", b"mine\n", 0o600, 7, 8),)), base
    )
    info, body = merged(kitchen.store, golden)["etc/python.conf"]
    assert (body, info.mode, info.uid, info.gid) == (b"mine\n", 0o600, 7, 8)
    assert merged(kitchen.store, below)["etc/python.conf"][1] == b"python\n"


def test_an_alternative_goes_to_the_highest_priority_and_never_over_a_file(kitchen: Kitchen) -> None:
    kitchen.recipe("curl", alternatives=(Alternative("/usr/bin/get", "curl", 10),))
    kitchen.recipe(
        "git", alternatives=(Alternative("/usr/bin/get", "git", 20), Alternative("/usr/bin/python", "git"))
    )
    base, _ = kitchen.base(BASE, PYTHON)
    found = merged(kitchen.store, kitchen.golden(PLAIN, base, CURL, GIT))
    assert found["usr/bin/get"][0].linkname == "git"
    assert found["usr/bin/python"][1] == b"a program"


def test_an_alternative_may_name_the_architecture(kitchen: Kitchen) -> None:
    offer = Alternative("/usr/lib/@TRIPLET@/libx.so", "../jvm-@ARCH@/libx.so")
    kitchen.recipe("curl", alternatives=(offer,))
    image = kitchen.build(Spec(suite="trixie", packages=("curl",)), CURL).platforms[0]
    assert (
        merged(kitchen.store, image)["usr/lib/x86_64-linux-gnu/libx.so"][0].linkname == "../jvm-amd64/libx.so"
    )


def test_an_added_package_may_not_own_a_path_of_the_base(kitchen: Kitchen) -> None:
    base, _ = kitchen.base(BASE, PYTHON)
    rival = Deb("rival", files={"./usr/bin/python": "another"})
    with pytest.raises(PathConflictError, match=r"usr/bin/python comes from (python|rival) and from"):
        kitchen.golden(Spec(suite="trixie", packages=("rival",)), base, rival)


def test_a_base_whose_documents_are_missing_is_said(kitchen: Kitchen) -> None:
    base, below = kitchen.base(BASE, PYTHON)
    kitchen.store.blob_path(below.manifest.digest).unlink()
    with pytest.raises(BaseMissingError, match="manifest"):
        kitchen.golden(PLAIN, base, CURL, GIT)


def test_a_missing_package_is_named(kitchen: Kitchen) -> None:
    with pytest.raises(PackageMissingError, match="curl"):
        kitchen.build_locked(Spec(suite="trixie", packages=("curl",)), kitchen.lock(lock_deb(CURL)))


def test_a_package_with_unreviewed_scripts_is_refused_when_it_is_opened(kitchen: Kitchen) -> None:
    wild = Deb("wild", scripts={"postinst": "#!/bin/sh\nrm -rf /\n"})
    with pytest.raises(UnreviewedPackageError, match="wild"):
        kitchen.build(Spec(suite="trixie", packages=("wild",)), wild)


@pytest.mark.parametrize("part", ["engine", "recipes", "plan", "suite"])
def test_a_lock_made_by_other_rules_is_refused(kitchen: Kitchen, part: str) -> None:
    lock = replace(kitchen.lock(lock_deb(CURL)), **{part: "other"})
    with pytest.raises(LockDiffersError, match=part):
        kitchen.build_locked(Spec(suite="trixie", packages=("curl",)), lock)


def test_a_spec_that_breaks_a_rule_is_refused(kitchen: Kitchen) -> None:
    with pytest.raises(SpecInvalidError, match=r"labels\.team"):
        kitchen.build(Spec(suite="trixie", labels={"team": "a\nb"}))


def test_an_unknown_user_is_refused(kitchen: Kitchen) -> None:
    with pytest.raises(SpecInvalidError, match=r"user: .*ghost"):
        kitchen.build(Spec(suite="trixie", packages=("curl",), user="ghost"), CURL)


@pytest.mark.parametrize(
    "wish",
    [
        {"files": (FileEntry("/usr/bin", b""),)},
        {"files": (FileEntry("/usr/bin/python/x", b""),)},
        {"links": (LinkEntry("/usr/bin", "/bin"),)},
        {"directories": (DirectoryEntry("/usr/bin/python"),)},
    ],
    ids=["over a directory", "below a file", "link over a directory", "directory over a file"],
)
def test_a_file_in_an_impossible_place_is_refused(kitchen: Kitchen, wish: dict[str, object]) -> None:
    with pytest.raises((PathConflictError, SpecInvalidError)):
        kitchen.build(Spec(suite="trixie", packages=("python",), **wish), PYTHON)  # type: ignore[arg-type]


def test_every_layer_is_what_its_digests_say(kitchen: Kitchen) -> None:
    base, _ = kitchen.base(BASE, PYTHON)
    golden = kitchen.golden(PLAIN, base, CURL, GIT)
    diff_ids = config_of(kitchen.store, golden)["rootfs"]["diff_ids"]
    for layer, diff_id in zip(golden.layers, diff_ids, strict=True):
        packed = kitchen.store.read_blob(layer.descriptor.digest)
        assert len(packed) == layer.descriptor.size
        assert "sha256:" + hashlib.sha256(gzip.decompress(packed)).hexdigest() == diff_id


def test_words_are_appended_to_what_the_base_runs(kitchen: Kitchen) -> None:
    base, _ = kitchen.base(BASE, PYTHON)
    more = Spec(suite="trixie", entrypoint_append=("-I",), cmd_append=("-v", "-v"))
    process = config_of(kitchen.store, kitchen.golden(more, base))["config"]
    assert (process["Entrypoint"], process["Cmd"]) == (["/usr/bin/python", "-I"], ["-q", "-v", "-v"])


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"cmd": ("a",), "cmd_append": ("b",)}, "append-and-replace"),
        ({"entrypoint": ("a",), "entrypoint_append": ("b",)}, "append-and-replace"),
        ({"entrypoint": ("a",), "cmd_append": ("b",)}, "append-to-nothing"),
        ({"cmd_append": ("b\n",)}, "control-character"),
    ],
)
def test_appending_and_replacing_are_told_apart(kitchen: Kitchen, wish: dict[str, object], code: str) -> None:
    base, _ = kitchen.base(BASE, PYTHON)
    assert [error.code for error in validate(Spec(suite="trixie", base=base, **wish))] == [code]  # type: ignore[arg-type]


def test_nothing_is_appended_to_without_a_base() -> None:
    assert [error.code for error in validate(Spec(suite="trixie", cmd_append=("b",)))] == [
        "append-without-base"
    ]
    assert "cmd_append" not in Spec(suite="trixie").to_json()
