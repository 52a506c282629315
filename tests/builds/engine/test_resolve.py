"""Solving requests: apt's choices where there is one, a chain of reasons where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builds.engine.errors import BadRequest, RemovalUnsafe, UnknownPackage, UnknownVersion, Unsolvable
from builds.engine.formats import format_of
from builds.engine.lock import LockedPackage
from builds.engine.resolve import resolve, solve
from builds.engine.snapshot import Snapshot, open_snapshot
from builds.engine.snapshot.ingest import IMPORTER, ingest
from builds.engine.snapshot.place import MANIFEST_FILE, Manifest, ReleaseNote, directory_of
from tests.builds import small_index

#: name: (version, depends, conflicts, provides), one line each
PACKAGES = [
    ("libc6", "2.41", "", "", ""),
    ("app", "1.0", "libx (>= 2), mail-transport | editor", "", ""),
    ("libx", "2.5", "libc6", "", ""),
    ("libx", "2.4", "libc6", "", ""),
    ("postfix", "3.0", "libc6", "sendmail", "mail-transport"),
    ("sendmail", "8.0", "libc6", "postfix", "mail-transport (= 8.0)"),
    ("editor", "1.0", "", "", ""),
    ("aa", "1", "cc", "", ""),
    ("bb", "1", "cc (<< 2)", "", ""),
    ("cc", "2", "", "", ""),
    ("cc", "1", "", "", ""),
    ("mm", "2", "pp (= 2)", "", ""),
    ("mm", "1", "pp (= 1)", "", ""),
    ("nn", "1", "pp (<< 2)", "", ""),
    ("pp", "2", "", "", ""),
    ("pp", "1", "", "", ""),
    ("broken", "1", "gone (>= 3)", "", ""),
    ("needs-version", "1", "mail-transport (>= 9)", "", ""),
    ("scripted", "1", "libc6, debconf | debconf-2.0", "", ""),
    ("debconf", "1", "libc6", "", ""),
    ("circle", "1", "square", "", ""),
    ("square", "1", "circle", "", ""),
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    root: Path = tmp_path_factory.mktemp("snapshots")
    note = ReleaseNote("debian", "trixie", "1" * 64, 1_787_000_000, None)
    manifest = Manifest(format="deb", suite="trixie", importer=IMPORTER, releases=(note,))
    directory = directory_of(root, manifest.digest)
    (directory / "amd64").mkdir(parents=True)
    (directory / MANIFEST_FILE).write_bytes(manifest.to_bytes())
    like = small_index.facts("libc6")
    facts = [
        replace(like, name=name, version=version, source=name, source_version=version, depends=depends,
                conflicts=conflicts, provides=provides, path=f"pool/{name}_{version}.deb")
        for name, version, depends, conflicts, provides in PACKAGES
    ]  # fmt: skip
    entries = (("debian", fact) for fact in facts)
    ingest(directory / "amd64", architecture="amd64", entries=entries, form=format_of("deb"))
    return open_snapshot(manifest.digest, root=root)


def found(snapshot: Snapshot, *packages: str, **options: object) -> list[str]:
    return [
        f"{p.name}={p.version}" for p in resolve(snapshot, architecture="amd64", packages=packages, **options)
    ]


def test_the_newest_versions_are_chosen_and_say_who_needs_them(snapshot: Snapshot) -> None:
    packages = resolve(snapshot, architecture="amd64", packages=["app"])
    assert [(p.name, p.version, p.because) for p in packages] == [
        ("app", "1.0", ""), ("libc6", "2.41", "libx"), ("libx", "2.5", "app"), ("postfix", "3.0", "app"),
    ]  # fmt: skip


def test_what_was_asked_for_meets_an_alternative(snapshot: Snapshot) -> None:
    assert "postfix=3.0" not in found(snapshot, "app", "sendmail")


def test_a_version_may_be_asked_for(snapshot: Snapshot) -> None:
    assert found(snapshot, "libx=2.4") == ["libc6=2.41", "libx=2.4"]


@pytest.mark.parametrize("order", [("aa", "bb"), ("bb", "aa")])
def test_two_requests_that_need_an_older_version_are_not_met_silently(
    snapshot: Snapshot, order: Iterable[str]
) -> None:
    with pytest.raises(Unsolvable, match="cc"):
        found(snapshot, *order)
    assert found(snapshot, *order, "cc=1") == ["aa=1", "bb=1", "cc=1"]


def test_an_older_version_is_found_when_it_is_asked_for(snapshot: Snapshot) -> None:
    assert found(snapshot, "mm=1", "nn", "pp=1") == ["mm=1", "nn=1", "pp=1"]


def test_a_conflict_is_explained_with_both_names(snapshot: Snapshot) -> None:
    with pytest.raises(Unsolvable) as refused:
        found(snapshot, "postfix", "sendmail")
    assert "postfix" in str(refused.value)
    assert "sendmail" in str(refused.value)


def test_a_missing_dependency_is_explained(snapshot: Snapshot) -> None:
    with pytest.raises(Unsolvable, match=r"broken.*gone \(>= 3\)"):
        found(snapshot, "broken")


def test_what_is_provided_without_a_version_meets_no_version(snapshot: Snapshot) -> None:
    with pytest.raises(Unsolvable, match="needs-version"):
        found(snapshot, "needs-version")


def test_an_unknown_name_gets_suggestions(snapshot: Snapshot) -> None:
    with pytest.raises(UnknownPackage, match="Did you mean postfix"):
        found(snapshot, "postfixx")
    with pytest.raises(UnknownPackage, match="postfix or sendmail"):
        found(snapshot, "mail-transport")


def test_an_unknown_version_is_told_the_known_ones(snapshot: Snapshot) -> None:
    with pytest.raises(UnknownVersion, match=r"2\.5, 2\.4"):
        found(snapshot, "libx=9")


@pytest.mark.parametrize("request_", ["", "A", "a b", "a;b", "a=", "../etc", "a=1\n", "ä"])
def test_what_is_no_request_is_refused(snapshot: Snapshot, request_: str) -> None:
    with pytest.raises(BadRequest):
        found(snapshot, request_)


def test_packages_in_a_circle_are_walked_once(snapshot: Snapshot) -> None:
    assert found(snapshot, "circle") == ["circle=1", "square=1"]


def test_elided_dependencies_are_left_out_and_recorded(snapshot: Snapshot) -> None:
    elide = {"scripted": ("debconf", "debconf-2.0")}
    solved = solve(snapshot, architecture="amd64", packages=["scripted"], elide=elide)
    assert [package.name for package in solved.packages] == ["libc6", "scripted"]
    assert "scripted>debconf" in solved.elided
    kept = solve(snapshot, architecture="amd64", packages=["scripted", "debconf"], elide=elide)
    assert "debconf" in [package.name for package in kept.packages]


def test_what_a_recipe_says_is_needed_comes_along_for_its_sake(snapshot: Snapshot) -> None:
    need = {"circle": ("app",), "square": ("libc6",)}
    solved = solve(snapshot, architecture="amd64", packages=["circle"], need=need).packages
    because = {package.name: package.because for package in solved}
    assert because["app"] == because["square"] == "circle"
    assert because["libc6"] in {"app", "square"}
    alone = solve(snapshot, architecture="amd64", packages=["libc6"], need=need).packages
    assert [package.name for package in alone] == ["libc6"], "nobody is there who needs more"


def test_what_is_needed_and_unknown_is_named(snapshot: Snapshot) -> None:
    with pytest.raises(UnknownPackage, match="nowhere"):
        solve(snapshot, architecture="amd64", packages=["circle"], need={"circle": ("nowhere",)})


def inherited(snapshot: Snapshot, *requests: str) -> tuple[LockedPackage, ...]:
    return resolve(snapshot, architecture="amd64", packages=requests)


def test_packages_of_the_base_stay_as_they_are(snapshot: Snapshot) -> None:
    base = inherited(snapshot, "libx=2.4")
    packages = resolve(snapshot, architecture="amd64", packages=["app"], inherited=base)
    assert {p.name: (p.version, p.inherited) for p in packages} == {
        "app": ("1.0", False), "libc6": ("2.41", True), "libx": ("2.4", True), "postfix": ("3.0", False),
    }  # fmt: skip


def test_what_would_change_the_base_is_refused(snapshot: Snapshot) -> None:
    with pytest.raises(Unsolvable, match="libx"):
        found(snapshot, "libx=2.5", inherited=inherited(snapshot, "libx=2.4"))
    with pytest.raises(Unsolvable, match="sendmail"):
        found(snapshot, "sendmail", inherited=inherited(snapshot, "postfix"))


def test_what_the_base_has_is_not_added_again(snapshot: Snapshot) -> None:
    base = inherited(snapshot, "app")
    assert resolve(snapshot, architecture="amd64", packages=["app", "libx"], inherited=base) == tuple(
        replace(package, inherited=True) for package in base
    )


def without(snapshot: Snapshot, base: Iterable[str], *removed: str, **options: Any) -> dict[str, str]:
    """The packages left of a base, with who needs each."""
    inherited = resolve(snapshot, architecture="amd64", packages=base)
    options = {"packages": (), **options}
    left = resolve(snapshot, architecture="amd64", inherited=inherited, remove=removed, **options)
    return {package.name: package.because for package in left}


def test_what_nothing_left_needs_is_removed(snapshot: Snapshot) -> None:
    assert without(snapshot, ["libx", "editor"], "editor") == {"libc6": "libx", "libx": ""}
    assert without(snapshot, ["libx", "editor"], "libx", "libc6") == {"editor": ""}


def test_a_removal_that_somebody_needs_is_refused_with_the_names(snapshot: Snapshot) -> None:
    with pytest.raises(RemovalUnsafe, match="libc6 cannot be removed: libx needs it") as refused:
        without(snapshot, ["libx", "editor"], "libc6", "editor")
    assert refused.value.needed == {"libc6": ["libx"]}
    with pytest.raises(RemovalUnsafe, match="square cannot be removed: circle needs it"):
        without(snapshot, ["circle"], "square")
    assert without(snapshot, ["circle", "editor"], "square", "circle") == {"editor": ""}


def test_one_of_two_alternatives_may_go_but_not_both(snapshot: Snapshot) -> None:
    assert without(snapshot, ["app", "editor", "postfix"], "postfix")["editor"] == ""
    assert without(snapshot, ["app", "editor", "postfix"], "editor")["postfix"] == ""
    with pytest.raises(RemovalUnsafe, match="editor cannot be removed: app needs it"):
        without(snapshot, ["app", "editor", "postfix"], "editor", "postfix")


def test_what_recipes_elide_or_need_counts(snapshot: Snapshot) -> None:
    assert without(snapshot, ["scripted"], "debconf", elide={"scripted": ("debconf",)})
    with pytest.raises(RemovalUnsafe, match="editor cannot be removed: libx needs it"):
        without(snapshot, ["libx", "editor"], "editor", need={"libx": ("editor",)})


def test_what_is_added_may_not_bring_it_back(snapshot: Snapshot) -> None:
    with pytest.raises(RemovalUnsafe, match="libx cannot be removed: app needs it"):
        without(snapshot, ["libx", "editor"], "libx", packages=("app",))


def test_a_reason_that_was_removed_is_replaced(snapshot: Snapshot) -> None:
    assert without(snapshot, ["app", "editor"], "app")["libx"] == ""
    assert without(snapshot, ["app", "editor"], "app")["libc6"] == "libx"


def test_of_a_package_that_the_index_has_forgotten_nothing_is_known(snapshot: Snapshot) -> None:
    inherited = resolve(snapshot, architecture="amd64", packages=["libx", "editor"])
    old = replace(inherited[0], name="ancient", version="0")
    with pytest.raises(RemovalUnsafe, match="editor cannot be removed: ancient needs it"):
        resolve(snapshot, architecture="amd64", packages=(), inherited=(*inherited, old), remove=("editor",))
    known = [replace(package, version="0") if package.name == "libx" else package for package in inherited]
    with pytest.raises(RemovalUnsafe, match="libc6 cannot be removed: libx needs it"):
        resolve(snapshot, architecture="amd64", packages=(), inherited=known, remove=("libc6",))
