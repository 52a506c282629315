"""A golden image without some of its base's packages: hidden by a later layer, and gone from all that names them."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from builds.engine.layout import write_layout
from builds.engine.recipes import Alternative
from builds.engine.removal import BaseNotKeptError
from builds.engine.sandbox.rootfs import read_layers, unpack_layers
from builds.engine.spec import Spec, validate
from builds.engine.spec.values import BaseImage, DirectoryEntry, FileEntry, UserAccount
from tests.builds.engine.debs import Deb, directory, link
from tests.builds.engine.kitchen import Kitchen, layer_members, merged
from tests.builds.trust import need

LIBRARY = Deb("library", files={"./usr/lib/library.so": "library", "./etc/shared.d/library.conf": "1"})
TOOL = Deb(
    "tool",
    files={"./usr/bin/tool": "tool", "./usr/lib/tool/a": "a", "./usr/lib/tool/deep/b": "b", "./etc/shared.d/tool.conf": "2"},
    members=[directory("./var/lib/tool", mode=0o750), directory("./etc/shared.d", mode=0o700), link("./usr/bin/tl", "tool")],
)  # fmt: skip
BASE = Spec(suite="trixie", packages=("library", "tool"), files=(FileEntry("/etc/base.conf", b"base"),))
WITHOUT = Spec(suite="trixie", remove=("tool",))


def based(kitchen: Kitchen, spec: Spec = BASE) -> BaseImage:
    return kitchen.base(spec, LIBRARY, TOOL)[0]


def test_what_is_left_is_what_an_image_without_it_has(kitchen: Kitchen) -> None:
    whole = kitchen.build(replace(BASE, packages=("library",)), LIBRARY).platforms[0]
    found = merged(kitchen.store, kitchen.golden(WITHOUT, based(kitchen)))
    meant = merged(kitchen.store, whole)
    assert found.keys() == meant.keys()
    for path, (info, body) in found.items():
        there, content = meant[path]
        assert (body, info.type, info.mode, info.uid, info.gid, info.linkname) == (
            content, there.type, there.mode, there.uid, there.gid, there.linkname
        ), path  # fmt: skip


def test_only_its_own_layer_says_so_and_hides_a_directory_whole(kitchen: Kitchen) -> None:
    base = based(kitchen)
    below = kitchen.base(BASE, LIBRARY, TOOL)[1]
    golden = kitchen.golden(WITHOUT, base)
    assert [layer.descriptor for layer in golden.layers[:-1]] == [layer.descriptor for layer in below.layers]
    names = [info.name for info, _ in layer_members(kitchen.store, golden.layers[-1].descriptor.digest)]
    assert names == [
        "etc/shared.d", "etc/shared.d/.wh.tool.conf", "usr/bin/.wh.tl", "usr/bin/.wh.tool", "usr/lib/.wh.tool",
        "usr/share/doc/.wh.tool", "var/lib/.wh.tool", "var/lib/dpkg/status.d/.wh.tool",
    ]  # fmt: skip


def test_sbom_lock_status_and_root_agree(kitchen: Kitchen) -> None:
    base = based(kitchen)
    lock = kitchen.golden_lock(WITHOUT, base)
    image = kitchen.build_locked(replace(WITHOUT, base=base), lock).platforms[0]
    status = [path for path in merged(kitchen.store, image) if path.startswith("var/lib/dpkg/status.d/")]
    recorded = {path.rpartition("/")[2] for path in status if not path.endswith(".md5sums")}
    assert recorded == {"library"}
    assert {package.name for package in lock.packages["amd64"]} == {"library"}
    assert [piece["name"] for piece in image.sbom] == ["library"]


def test_umoci_and_the_sandbox_unpack_the_same_root(kitchen: Kitchen, tmp_path: Path) -> None:
    umoci = need(shutil.which("umoci"), "umoci")
    base = based(kitchen)
    wish = replace(WITHOUT, base=base, files=(FileEntry("/usr/lib/tool/mine", b"mine"),))
    built = kitchen.build_locked(wish, kitchen.golden_lock(wish, base))
    write_layout(kitchen.store, built, tmp_path / "layout", tag="test")
    rootless = [] if os.geteuid() == 0 else ["--rootless"]
    subprocess.run(
        [umoci, "unpack", *rootless, "--image", f"{tmp_path / 'layout'}:test", str(tmp_path / "bundle")],
        capture_output=True, check=True,
    )  # fmt: skip
    blobs = [kitchen.store.blob_path(layer.descriptor.digest) for layer in built.platforms[0].layers]
    (tmp_path / "root").mkdir()
    ours = unpack_layers(blobs, tmp_path / "root", tmp_path)

    def seen(root: Path) -> dict[str, tuple[int, bytes]]:
        return {
            str(path.relative_to(root)): (
                path.lstat().st_mode,
                path.read_bytes() if path.is_file() and not path.is_symlink() else b"",
            )
            for path in root.rglob("*")
        }

    assert seen(tmp_path / "bundle/rootfs") == seen(tmp_path / "root")
    assert set(seen(tmp_path / "root")) == set(ours) - {""} == set(merged(kitchen.store, built.platforms[0]))
    assert ours == read_layers(blobs, tmp_path)
    assert (tmp_path / "root/usr/lib/tool/mine").read_bytes() == b"mine"
    assert not (tmp_path / "root/usr/lib/tool/a").exists()


def test_what_another_package_or_the_customer_puts_there_is_not_hidden(kitchen: Kitchen) -> None:
    better = Deb("better", files={"./usr/bin/tool": "better", "./usr/lib/tool/a": "new"})
    wish = replace(WITHOUT, packages=("better",), files=(FileEntry("/etc/shared.d/tool.conf", b"mine"),))
    found = merged(kitchen.store, kitchen.golden(wish, based(kitchen), better))
    assert found["usr/bin/tool"][1] == b"better"
    assert found["usr/lib/tool/a"][1] == b"new"
    assert found["etc/shared.d/tool.conf"][1] == b"mine"
    assert "usr/lib/tool/deep" not in found
    assert "usr/bin/tl" not in found


def test_what_the_base_s_own_layer_placed_stays(kitchen: Kitchen) -> None:
    said = replace(
        BASE,
        files=(FileEntry("/etc/shared.d/tool.conf", b"of the base"),),
        directories=(DirectoryEntry("/var/lib/tool", 0o711),),
    )
    found = merged(kitchen.store, kitchen.golden(WITHOUT, based(kitchen, said)))
    assert found["etc/shared.d/tool.conf"][1] == b"of the base"
    assert found["var/lib/tool"][0].mode == 0o711


def test_accounts_and_alternatives_of_a_removed_package_go_with_it(kitchen: Kitchen) -> None:
    kitchen.recipe(
        "tool", users=(UserAccount("tool", 990, 990),),
        alternatives=(Alternative("/usr/bin/get", "tool", 20), Alternative("/usr/bin/only", "tool")),
    )  # fmt: skip
    kitchen.recipe(
        "library", alternatives=(Alternative("/usr/bin/get", "library", 10), Alternative("/usr/bin/tl", "x"))
    )
    base = based(kitchen)
    below = merged(kitchen.store, kitchen.base(BASE, LIBRARY, TOOL)[1])
    assert below["usr/bin/get"][0].linkname == "tool"
    found = merged(kitchen.store, kitchen.golden(WITHOUT, base))
    assert found["usr/bin/get"][0].linkname == "library"
    assert found["usr/bin/tl"][0].linkname == "x", "a link that the removed package's own file had kept away"
    assert "usr/bin/only" not in found
    assert b"tool" not in found["etc/passwd"][1]


def test_it_comes_out_the_same_from_an_empty_store_and_can_be_built_upon(kitchen: Kitchen) -> None:
    base = based(kitchen)
    wish = replace(WITHOUT, base=base)
    lock = kitchen.golden_lock(wish, base)
    first = kitchen.build_locked(wish, lock)
    manifests = [kitchen.store.read_blob(base.manifests["amd64"])]
    below = kitchen.base(BASE, LIBRARY, TOOL)[1]
    manifests.append(kitchen.store.read_blob(below.config.digest))
    shutil.rmtree(kitchen.store.root)
    for document in manifests:
        kitchen.store.put_blob(document)
    assert kitchen.build_locked(wish, lock).index == first.index
    upon = BaseImage("acme/thin:1", {"amd64": first.platforms[0].manifest.digest}, wish, lock)
    again = kitchen.golden(Spec(suite="trixie", packages=("tool",)), upon, TOOL)
    kitchen.base(BASE, LIBRARY, TOOL)
    assert merged(kitchen.store, again)["usr/bin/tool"][1] == b"tool"


@pytest.mark.parametrize("keeps", [True, False], ids=["still has it", "lacks another"])
def test_a_lock_that_does_not_say_the_same_is_refused(kitchen: Kitchen, keeps: bool) -> None:
    base = based(kitchen)
    asked = Spec(suite="trixie") if keeps else replace(WITHOUT, remove=("library",))
    lock = kitchen.golden_lock(asked, base)
    with pytest.raises(BaseNotKeptError, match="tool"):
        kitchen.build_locked(replace(WITHOUT, base=base), lock)


@pytest.mark.parametrize(
    ("spec", "field", "code"),
    [
        (Spec(suite="trixie", remove=("nothing",)), "remove[0]", "remove-unknown"),
        (Spec(suite="trixie", remove=("library", "tool"), packages=("tool=1",)), "remove[1]", "remove-and-add"),
        (Spec(suite="trixie", files=(FileEntry("/etc/.wh.shared.d", b""),)), "files[0].path", "path-whiteout"),
        (Spec(suite="trixie", directories=(DirectoryEntry("/a/.wh..wh..opq"),)), "directories[0].path", "path-whiteout"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_at_its_field(
    kitchen: Kitchen, spec: Spec, field: str, code: str
) -> None:
    found = validate(replace(spec, base=based(kitchen)))
    assert [(error.field, error.code) for error in found] == [(field, code)]


def test_without_a_base_there_is_nothing_to_remove() -> None:
    assert [error.code for error in validate(WITHOUT)] == ["remove-without-base"]
    assert "remove" not in Spec(suite="trixie").to_json()
    assert Spec.from_json(WITHOUT.to_json()) == WITHOUT
