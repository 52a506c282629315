"""Solving apk requests: what naive readers cannot solve, what the format asks for, and reasons where it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from builds.engine.apk.relation import parse_field, split_conflicts
from builds.engine.errors import BadRequest, UnknownPackage, UnknownVersion, Unsolvable
from builds.engine.resolve import solve
from builds.engine.snapshot import Snapshot
from tests.builds.engine.apk.makers import apk, found, snapshot_with


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return snapshot_with(
        tmp_path_factory.mktemp("repository"),
        # A later request forbids what an earlier one would choose.
        apk("a", depend="c"), apk("b", depend="c<2"), apk("c", "1.0-r0"), apk("c", "2.0-r0"),
        apk("m", "1.0-r0", depend="p=1.0-r0"), apk("m", "2.0-r0", depend="p=2.0-r0"), apk("n", depend="p<2"),
        apk("p", "1.0-r0"), apk("p", "2.0-r0"),
        # Families.
        apk("python", "3.11.9-r1"), apk("python", "3.12.4-r0", provides="cmd:python3=3.12.4-r0"),
        apk("python", "3.120.0-r0"), apk("app312", depend="python~3.12"), apk("app311", depend="python=~3.11"),
        apk("late", depend="python>3.12.4-r0"), apk("none", depend="python~4"),
        # Capabilities, with and without a version.
        apk("libc", provides="so:libc.so.6=6"), apk("tool", depend="so:libc.so.6 cmd:python3"),
        apk("mta-one", provides="mta"), apk("mta-two", provides="mta", priority=10), apk("mailer", depend="mta"),
        apk("strict", depend="mta>=1"),
        # Of versioned providers only one.
        apk("db-one", "1.0-r0", provides="db=1"), apk("db-two", "1.0-r0", provides="db=2", priority=5),
        apk("needs-db", depend="db"), apk("old-db", depend="db<2"),
        # Conflicts and companions.
        apk("quiet", depend="!loud"), apk("loud"),
        apk("docs"), apk("c-doc", install_if="docs c", depend="reader"), apk("reader"),
        apk("c-doc-index", install_if="c-doc"), apk("c-doc-loud", install_if="c-doc loud"),
        apk("c-clash", install_if="docs loud", depend="!docs"),
        apk("gone", depend="so:nowhere.so.1"),
    )  # fmt: skip


def test_an_older_version_is_taken_where_another_request_needs_it(snapshot: Snapshot) -> None:
    assert found(snapshot, "a") == ["a=1.0-r0", "c=2.0-r0"]
    assert found(snapshot, "a", "b") == ["a=1.0-r0", "b=1.0-r0", "c=1.0-r0"]
    assert found(snapshot, "b", "a") == found(snapshot, "a", "b")


def test_the_requested_package_itself_may_be_older(snapshot: Snapshot) -> None:
    assert found(snapshot, "m") == ["m=2.0-r0", "p=2.0-r0"]
    assert found(snapshot, "m", "n") == ["m=1.0-r0", "n=1.0-r0", "p=1.0-r0"]


def test_a_family_is_held_to_by_whole_parts(snapshot: Snapshot) -> None:
    assert found(snapshot, "app312")[1] == "python=3.12.4-r0"
    assert found(snapshot, "app311")[1] == "python=3.11.9-r1"
    assert found(snapshot, "late")[1] == "python=3.120.0-r0"


def test_capabilities_are_met_by_whoever_provides_them(snapshot: Snapshot) -> None:
    assert found(snapshot, "tool") == ["libc=1.0-r0", "python=3.12.4-r0", "tool=1.0-r0"]


def test_the_provider_of_the_highest_priority_is_taken(snapshot: Snapshot) -> None:
    assert found(snapshot, "mailer") == ["mailer=1.0-r0", "mta-two=1.0-r0"]
    assert found(snapshot, "mailer", "mta-one") == ["mailer=1.0-r0", "mta-one=1.0-r0"]


def test_what_is_provided_without_a_version_meets_no_bound(snapshot: Snapshot) -> None:
    with pytest.raises(Unsolvable, match=r"strict 1.0-r0 needs mta>=1, which is not available"):
        found(snapshot, "strict")


def test_one_name_has_one_versioned_provider(snapshot: Snapshot) -> None:
    assert found(snapshot, "needs-db")[0] == "db-two=1.0-r0"
    assert found(snapshot, "needs-db", "old-db")[0] == "db-one=1.0-r0"
    with pytest.raises(Unsolvable, match=r"db-(one|two) 1.0-r0 conflicts with db-(one|two) 1.0-r0"):
        found(snapshot, "db-one", "db-two")
    assert len(found(snapshot, "mta-one", "mta-two")) == 2


def test_a_conflict_is_said_with_the_packages_it_is_between(snapshot: Snapshot) -> None:
    with pytest.raises(Unsolvable, match=r"quiet 1.0-r0 conflicts with loud 1.0-r0"):
        found(snapshot, "quiet", "loud")


def test_companions_come_when_all_they_wait_for_is_there(snapshot: Snapshot) -> None:
    assert found(snapshot, "docs") == ["docs=1.0-r0"]
    assert found(snapshot, "docs", "a") == [
        "a=1.0-r0", "c=2.0-r0", "c-doc=1.0-r0", "c-doc-index=1.0-r0", "docs=1.0-r0", "reader=1.0-r0",
    ]  # fmt: skip
    packages = solve(snapshot, architecture="amd64", packages=["docs", "c"]).packages
    assert {p.name: p.because for p in packages} == {
        "c": "", "docs": "", "c-doc": "docs", "c-doc-index": "c-doc", "reader": "c-doc",
    }  # fmt: skip


def test_a_companion_that_does_not_fit_stays_away(snapshot: Snapshot) -> None:
    assert found(snapshot, "docs", "loud") == ["docs=1.0-r0", "loud=1.0-r0"]


def test_what_cannot_be_met_is_said_in_the_words_of_the_index(snapshot: Snapshot) -> None:
    with pytest.raises(Unsolvable, match=r"none 1.0-r0 needs python~4, which is not available"):
        found(snapshot, "none")
    with pytest.raises(Unsolvable, match=r"gone 1.0-r0 needs so:nowhere.so.1"):
        found(snapshot, "gone")
    with pytest.raises(Unsolvable, match=r"b 1.0-r0 needs c<2"):
        found(snapshot, "b", "c=2.0-r0")


def test_a_request_may_name_a_version(snapshot: Snapshot) -> None:
    assert found(snapshot, "c=1.0-r0") == ["c=1.0-r0"]
    with pytest.raises(UnknownVersion, match=r"It has 2.0-r0, 1.0-r0"):
        found(snapshot, "c=3.0-r0")
    with pytest.raises(BadRequest):
        found(snapshot, "c=1.0-1")


def test_an_unknown_package_is_told_with_who_provides_the_name(snapshot: Snapshot) -> None:
    with pytest.raises(UnknownPackage, match=r"Did you mean db-one or db-two"):
        found(snapshot, "db")


@pytest.mark.parametrize("word", ["", "=1", "a=", "a<<1", "!", "a>", "a b=", "a\x00b", "é"])
def test_malformed_words_are_refused(word: str) -> None:
    if not word:
        assert parse_field(word) == ()
        return
    with pytest.raises(ValueError, match=r"malformed relation"):
        parse_field(split_conflicts(f"x {word}")[0] + " " + split_conflicts(f"x {word}")[1])


def test_conflicts_are_parted_from_needs() -> None:
    assert split_conflicts("a !b c>1 !d<2") == ("a c>1", "b d<2")


def test_solving_does_not_depend_on_the_order_of_asking(tmp_path: Path) -> None:
    apks = [
        apk("x", depend="y z"),
        apk("y", depend="w"),
        apk("z", depend="w<2"),
        apk("w", "1-r0"),
        apk("w", "2-r0"),
    ]
    one = snapshot_with(tmp_path / "one", *apks)
    other = snapshot_with(tmp_path / "other", *reversed(apks))
    assert one.digest == other.digest
    assert found(one, "x") == found(other, "x") == ["w=1-r0", "x=1.0-r0", "y=1.0-r0", "z=1.0-r0"]
