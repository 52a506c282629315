"""Recipes: scripts are judged by their exact text, and the committed reviews are sound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from builds.engine.recipes import (
    PackageRecipe,
    RecipeBook,
    RecipeBrokenError,
    ReviewOutdatedError,
    UnreviewedPackageError,
    load_book,
)
from builds.engine.recipes.loading import DATA, REVIEWED
from builds.engine.recipes.scripts import residue, residue_digest

SERVICE = """#!/bin/sh
set -e
# Automatically added by dh_installsystemd/13.24
if [ "$1" = "configure" ]; then
\tdeb-systemd-helper enable 'x.service' >/dev/null || true
fi
# End automatically added section
# Automatically added by dh_python3
if command -v py3compile >/dev/null 2>&1; then
\tpy3compile -p x
fi
# End automatically added section
dpkg-maintscript-helper rm_conffile /etc/x.conf 1.2-3~ x -- "$@"
exit 0
"""
USERS = """#!/bin/sh
# Automatically added by dh_installsysusers/13.24
if [ "$1" = "configure" ]; then
   systemd-sysusers x.conf
fi
# End automatically added section
"""


def test_what_packaging_tools_add_for_services_leaves_nothing() -> None:
    assert residue(SERVICE.encode(), "x") == ""
    assert residue_digest(SERVICE.encode(), "x") == ""


@pytest.mark.parametrize(
    "line",
    ["useradd x", "rm -rf /", "exit 0; useradd x", ": ; useradd x", 'dpkg-maintscript-helper rm_conffile /x $(id) "$@"',
     'dpkg-maintscript-helper rm_conffile /x; id "$@"', "set -e; id"],
)  # fmt: skip
def test_one_more_line_leaves_that_line(line: str) -> None:
    assert residue(SERVICE.replace("exit 0\n", line + "\n").encode(), "name") == line


def test_a_section_that_has_effects_stays() -> None:
    assert "systemd-sysusers" in residue(USERS.encode(), "x")


def test_a_section_that_is_not_closed_is_not_trusted() -> None:
    assert "useradd" in residue(b"# Automatically added by dh_python3\nuseradd x\n", "x")


def test_the_same_text_in_another_package_has_the_same_digest() -> None:
    assert residue_digest(b"update-x alpha\n", "alpha") == residue_digest(b"update-x beta\n", "beta")


def test_a_package_is_judged_by_its_own_scripts() -> None:
    harmless = residue_digest(b"echo hello x\n", "x")
    book = RecipeBook({}, frozenset({"y"}), frozenset({harmless}))
    book.judge("x", {"postinst": b"echo hello x\n", "prerm": b"rm -rf /\n"})
    with pytest.raises(UnreviewedPackageError, match="x brings installation scripts"):
        book.judge("x", {"preinst": b"echo hello world\n"})
    with pytest.raises(UnreviewedPackageError):  # a list of plain names is no review of what is really there
        book.judge("y", {"postinst": b"useradd y\n"})


def test_a_changed_script_asks_for_review_again_by_name() -> None:
    read = residue_digest(b"useradd x\n", "x")
    book = RecipeBook({"x": PackageRecipe("x", scripts=(read,))}, frozenset(), frozenset())
    book.judge("x", {"postinst": b"# a new comment\nuseradd x\n", "postrm": b"userdel x\n"})
    with pytest.raises(ReviewOutdatedError, match="scripts of x have changed since") as refused:
        book.judge("x", {"postinst": b"useradd x\nchown x /srv\n"})
    assert refused.value.code == "package-changed"
    with pytest.raises(ReviewOutdatedError):
        book.judge("x", {"preinst": b"useradd --system x\n", "postinst": b"useradd x\n"})


def test_reading_scripts_again_changes_no_digest() -> None:
    read, again = (
        PackageRecipe("x", scripts=("sha256:1",)),
        PackageRecipe("x", scripts=("sha256:1", "sha256:2")),
    )
    assert (read.digest, read.content_digest) == (again.digest, again.content_digest)


def test_recorded_digests_are_of_packages_with_recipes() -> None:
    recorded = yaml.safe_load((DATA / REVIEWED).read_bytes())
    assert recorded.keys() <= load_book().recipes.keys()
    assert len(recorded) > 150


def test_a_review_changes_the_digest_of_the_book() -> None:
    book = RecipeBook({}, frozenset(), frozenset())
    assert book.digest != RecipeBook({"x": PackageRecipe("x")}, frozenset(), frozenset()).digest
    assert book.digest != RecipeBook({}, frozenset(), frozenset({"sha256:1"})).digest
    assert (
        book.digest == RecipeBook({}, frozenset({"x"}), frozenset()).digest
    )  # a list for early answers only


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x: {becuse: typo}", "unknown fields"),
        ("x: {directories: [{path: 5}]}", "text"),
        ("x: {alternatives: [{lnik: /a}]}", "unexpected"),
        ("x: [", "not YAML"),
    ],
)
def test_a_mistake_in_a_recipe_stops_at_once(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages/x.yaml").write_text(text)
    with pytest.raises(RecipeBrokenError, match=why):
        load_book(tmp_path)


def test_two_recipes_of_one_package_are_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "packages").mkdir()
    for name in ("a", "b"):
        (tmp_path / f"packages/{name}.yaml").write_text("x: {because: y}")
    with pytest.raises(RecipeBrokenError, match="two of it"):
        load_book(tmp_path)


def test_every_committed_review_says_why() -> None:
    book = load_book()
    assert len(book.recipes) > 100
    assert [name for name, recipe in book.recipes.items() if len(recipe.because) < 10] == []
    reasons = yaml.safe_load((DATA / "harmless.yaml").read_bytes())
    assert [digest for digest in book.harmless if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest)] == []
    assert [digest for digest, why in reasons.items() if len(why) < 15] == []
    assert not book.plain & set(book.recipes)


def test_ids_of_accounts_belong_to_one_name() -> None:
    users: dict[int, set[str]] = {}
    groups: dict[int, set[str]] = {}
    for recipe in load_book().recipes.values():
        for user in recipe.users:
            users.setdefault(user.uid, set()).add(user.name)
        for group in recipe.groups:
            groups.setdefault(group.gid, set()).add(group.name)
    assert {number: names for number, names in users.items() if len(names) > 1} == {}
    assert {number: names for number, names in groups.items() if len(names) > 1} == {}


@pytest.mark.parametrize("name", ["systemd", "sudo", "openssh-server", "docker.io"])
def test_what_truly_needs_its_scripts_is_refused(name: str) -> None:
    assert not load_book().is_reviewed(name)
