"""Images of apk packages: one digest whatever the way, a database that scanners read, nothing lost, no script run."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from builds.engine.apk.package import PackageUntrustedError
from builds.engine.apk.pin import pin
from builds.engine.apk.source import apk_source
from builds.engine.build import build
from builds.engine.built import BuiltImage
from builds.engine.contents import PathConflictError
from builds.engine.errors import ArchiveUnreachable, PackageMismatch
from builds.engine.fetch import package_file
from builds.engine.lock import Lock
from builds.engine.recipes import PackageRecipe, RecipeBook, UnreviewedPackageError, book_of
from builds.engine.recipes.scripts import residue_digest
from builds.engine.spec import Spec
from builds.engine.spec.values import BaseImage, FileEntry, UserAccount
from builds.engine.store import Store
from tests.builds.engine.apk.makers import (
    BOOK,
    apk,
    directory,
    key_file,
    key_named,
    link,
    lock_of,
    member,
    repository,
    source_of,
)
from tests.builds.engine.kitchen import merged

SPEC = Spec(suite="wolfi", packages=("app",), architectures=("amd64", "arm64"))
INSTALLED = "usr/lib/apk/db/installed"


def apks(architecture: str = "x86_64") -> list[object]:
    return [
        apk("app", "2.1-r3", architecture=architecture, depend="lib cmd:tool", licence="Apache-2.0 OR MIT",
            url="https://app.example/", maintainer="A Person <person@example.org>",
            files={"usr/bin/app": f"app for {architecture}"},
            members=[directory("var/spool/app", mode=0o2770, uid=77, gid=78), directory("var/tmp", mode=0o1777),
                     member("etc/app.conf", b"x=1\n", mode=0o640, uid=0, gid=78), link("usr/bin/app2", "app")]),
        apk("lib", architecture="noarch", provides="so:lib.so.1=1"),
        apk("tool", architecture=architecture, provides="cmd:tool=1", files={"usr/bin/tool": architecture}),
    ]  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return repository(tmp_path / "repository", *apks(), *apks("aarch64"))  # type: ignore[arg-type]


def made(
    spec: Spec, lock: Lock, folder: Path, *, store: str = "store", book: RecipeBook = BOOK
) -> BuiltImage:
    return build(spec, lock, Store(folder / store), folder / "cache", book=book)


@pytest.fixture
def served(place: Path) -> Iterator[str]:
    """The same repository over HTTP."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(place)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_way_does_not_change_the_digest(place: Path, served: str, tmp_path: Path) -> None:
    """Folder or address, lock written and read or not, cold, warm, remembered, in another cache."""
    digests = set()
    for where, folder in ((place, tmp_path / "one"), (served, tmp_path / "two")):
        lock = lock_of(SPEC, source_of(where, folder), folder)
        read_back = Lock.from_json(lock.to_json())
        assert read_back.digest == lock.digest
        cold = made(SPEC, lock, folder)
        remembered = made(SPEC, read_back, folder)
        assert [layer.is_new for layer in remembered.platforms[0].layers] == [False, False, False]
        shutil.rmtree(folder / "store" / "layers")
        warm = made(SPEC, lock, folder)
        again = made(SPEC, lock_of(SPEC, source_of(where, folder), folder), folder, store="other store")
        digests |= {image.index.digest for image in (cold, remembered, warm, again)}
    assert len(digests) == 1


def test_two_architectures_stand_in_one_index(place: Path, tmp_path: Path) -> None:
    image = made(SPEC, lock_of(SPEC, source_of(place, tmp_path), tmp_path), tmp_path)
    store = Store(tmp_path / "store")
    seen = {p.architecture: merged(store, p) for p in image.platforms}
    assert {name: files["usr/bin/tool"][1] for name, files in seen.items()} == {
        "amd64": b"x86_64",
        "arm64": b"aarch64",
    }
    assert {name: files["etc/apk/arch"][1] for name, files in seen.items()} == {
        "amd64": b"x86_64\n", "arm64": b"aarch64\n",
    }  # fmt: skip


def test_owners_and_special_bits_are_kept(place: Path, tmp_path: Path) -> None:
    image = made(SPEC, lock_of(SPEC, source_of(place, tmp_path), tmp_path), tmp_path).platforms[0]
    files = merged(Store(tmp_path / "store"), image)
    spool, shared, conf = (files[path][0] for path in ("var/spool/app", "var/tmp", "etc/app.conf"))
    assert (spool.mode, spool.uid, spool.gid) == (0o2770, 77, 78)
    assert shared.mode == 0o1777
    assert (conf.mode, conf.uid, conf.gid) == (0o640, 0, 78)


def test_the_database_lists_what_the_image_holds(place: Path, tmp_path: Path) -> None:
    image = made(SPEC, lock_of(SPEC, source_of(place, tmp_path), tmp_path), tmp_path).platforms[0]
    files = merged(Store(tmp_path / "store"), image)
    paragraphs = files[INSTALLED][1].decode().split("\n\n")
    app = paragraphs[0].splitlines()
    assert [line for line in app if line[0] in "PVADLU"] == [
        "P:app", "V:2.1-r3", "A:x86_64", "U:https://app.example/", "L:Apache-2.0 OR MIT", "D:lib cmd:tool",
    ]  # fmt: skip
    assert app[app.index("F:var/spool/app") + 1] == "M:77:78:2770"
    assert app[app.index("R:app.conf") + 1] == "a:0:78:0640"
    assert app[app.index("R:app2") + 1].startswith("a:0:0:0777")
    listed = set()
    for line in "\n".join(paragraphs).splitlines():
        if line.startswith("F:"):
            folder = line[2:]
        elif line.startswith("R:"):
            listed.add(f"{folder}/{line[2:]}")
    assert listed == {"etc/app.conf", "usr/bin/app", "usr/bin/app2", "usr/bin/tool", "usr/share/lib/version"}
    assert listed <= set(files)
    assert files["etc/apk/world"][1] == b"app\n"
    assert files["lib"][0].linkname == "usr/lib"
    assert b"ID=wolfi\n" in files["usr/lib/os-release"][1]


def test_packages_have_urls_of_their_vendor(place: Path, tmp_path: Path) -> None:
    lock = lock_of(SPEC, source_of(place, tmp_path, id_="wolfi-os"), tmp_path)
    pieces = made(SPEC, lock, tmp_path).platforms[0].sbom
    assert [piece["purl"] for piece in pieces][:2] == [
        "pkg:apk/wolfi/app@2.1-r3?arch=x86_64", "pkg:apk/wolfi/lib@1.0-r0?arch=noarch",
    ]  # fmt: skip
    assert pieces[0]["licences"] == ["Apache-2.0 OR MIT"]


def test_a_golden_image_lists_its_base_and_what_it_adds(place: Path, tmp_path: Path) -> None:
    source = source_of(place, tmp_path)
    below = Spec(suite="wolfi", packages=("lib",))
    lock = lock_of(below, source, tmp_path)
    base = made(below, lock, tmp_path)
    spec = replace(
        SPEC, architectures=("amd64",), files=(FileEntry("/etc/app.conf", b"mine\n"),),
        base=BaseImage("acme/lib:1", {"amd64": base.platforms[0].manifest.digest}, below, lock),
    )  # fmt: skip
    golden = made(spec, lock_of(spec, source, tmp_path), tmp_path).platforms[0]
    files = merged(Store(tmp_path / "store"), golden)
    names = [line for line in files[INSTALLED][1].decode().splitlines() if line.startswith("P:")]
    assert names == ["P:app", "P:lib", "P:tool"]
    assert (files["etc/apk/world"][1], files["etc/app.conf"][1]) == (b"app\nlib\n", b"mine\n")
    assert [layer.descriptor.digest for layer in golden.layers[:3]] == [
        layer.descriptor.digest for layer in base.platforms[0].layers
    ]


def test_a_package_with_installing_scripts_is_refused_by_name_until_there_is_a_recipe(tmp_path: Path) -> None:
    script = "#!/bin/sh\nadduser -S scripted\n"
    place = repository(tmp_path / "r", apk("scripted", scripts={".post-install": script}))
    spec = Spec(suite="wolfi", packages=("scripted",))
    source = source_of(place, tmp_path)
    with pytest.raises(UnreviewedPackageError, match="scripted brings installation scripts"):
        made(spec, lock_of(spec, source, tmp_path), tmp_path)
    read = residue_digest(script.encode(), "scripted")
    recipe = PackageRecipe("scripted", scripts=(read,), users=(UserAccount("scripted", 900, 900),))
    book = replace(BOOK, recipes={"scripted": recipe})
    image = made(spec, lock_of(spec, source, tmp_path, book=book), tmp_path, book=book).platforms[0]
    assert b"scripted:x:900:900:" in merged(Store(tmp_path / "store"), image)["etc/passwd"][1]


def test_scripts_of_removal_and_upgrade_do_not_matter(tmp_path: Path) -> None:
    scripts = {".post-deinstall": "#!/bin/sh\nrm -rf /\n", ".pre-upgrade": "#!/bin/sh\nexit 1\n"}
    place = repository(tmp_path / "r", apk("calm", scripts=scripts))
    spec = Spec(suite="wolfi", packages=("calm",))
    assert made(spec, lock_of(spec, source_of(place, tmp_path), tmp_path), tmp_path)


def test_a_recipe_means_a_package_of_its_own_format() -> None:
    """Debian's postgresql recipe says nothing of an apk of that name."""
    assert set(book_of("apk").recipes).isdisjoint({"redis-server", "adduser"})
    assert book_of("apk").digest != book_of("deb").digest
    assert book_of("apk").is_reviewed("anything")


def test_two_packages_with_one_path_are_refused(tmp_path: Path) -> None:
    place = repository(tmp_path / "r", apk("one", files={"etc/x": "1"}), apk("two", files={"etc/x": "2"}))
    spec = Spec(suite="wolfi", packages=("one", "two"))
    with pytest.raises(PathConflictError, match="etc/x comes from one and from two"):
        made(spec, lock_of(spec, source_of(place, tmp_path), tmp_path), tmp_path)


def test_a_changed_file_in_the_cache_is_refused(place: Path, tmp_path: Path) -> None:
    lock = lock_of(SPEC, source_of(place, tmp_path), tmp_path)
    file = package_file(tmp_path / "cache", lock.packages["amd64"][0].sha256)
    raw = bytearray(file.read_bytes())
    raw[-20] ^= 1
    file.write_bytes(bytes(raw))
    with pytest.raises(PackageMismatch, match="sha256 is not the locked one"):
        made(SPEC, lock, tmp_path)


def test_what_was_checked_with_other_keys_is_not_taken_from_the_cache(place: Path, tmp_path: Path) -> None:
    """The stranger's index names the very same package; its own signature is still not the stranger's."""
    lock_of(SPEC, source_of(place, tmp_path), tmp_path)
    stranger = apk_source(str(place), keys=[key_file(tmp_path / "s", key_named("stranger.rsa.pub"))])
    package = lock_of(SPEC, source_of(place, tmp_path), tmp_path).packages["amd64"][0]
    with pytest.raises(PackageUntrustedError, match="not signed by a trusted key"):
        pin([replace(package, sha256="")], sources=[stranger], cache=tmp_path / "cache")


def test_a_package_that_the_repository_lacks_is_told(place: Path, tmp_path: Path) -> None:
    (place / "x86_64/tool-1.0-r0.apk").unlink()
    with pytest.raises(ArchiveUnreachable, match=r"tool-1\.0-r0\.apk: no such file"):
        lock_of(SPEC, source_of(place, tmp_path), tmp_path)
