"""Damaged and hostile input: whatever the bytes, the answer is a package or a named error, and soon."""

from __future__ import annotations

import base64
import functools
import hashlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builds.engine.apk.archive import open_index
from builds.engine.apk.index import read_index
from builds.engine.apk.package import open_package, verify_package
from builds.engine.apk.relation import parse_field, split_conflicts
from builds.engine.apk.source import apk_source
from builds.engine.apk.version import is_version, version_key
from builds.engine.contents import contents_of
from builds.engine.errors import EngineError
from builds.engine.recipes.values import NO_RECIPE
from builds.engine.testing.apkwriter import Written, archive, packed, segment, write_index
from tests.builds.engine.apk.makers import apk, link, locked, member, written

FUZZ = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CHANGE = st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=0, max_size=6)), min_size=1, max_size=4)
TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


@functools.cache
def sample() -> Written:
    return written(
        apk("sample", files={"usr/bin/a": "x" * 3000, "etc/b": "y"}, members=[link("usr/bin/l", "a")])
    )


def damaged(content: bytes, changes: list[tuple[float, bytes]]) -> bytes:
    """Replace bytes at relative places; empty replacements cut the rest off."""
    for where, new in changes:
        at = int(where * len(content))
        content = content[:at] + (new + content[at + len(new) :] if new else b"")
    return content


def use(content: bytes, folder: Path, *, is_pinned: bool) -> None:
    """All that a build does with a package's bytes; only named errors may come of it."""
    file = folder / "x.apk"
    file.write_bytes(content)
    package = locked(sample())
    with suppress(EngineError):
        if not is_pinned:
            verify_package(file, package, None)
        package = replace(package, sha256=hashlib.sha256(content).hexdigest())
        with open_package(file, package) as opened:
            contents_of(opened.entries(), "sample", NO_RECIPE)


@FUZZ
@given(CHANGE, st.booleans())
def test_a_damaged_package_is_refused_by_name(
    tmp_path: Path, changes: list[tuple[float, bytes]], pinned: bool
) -> None:
    use(damaged(sample().content, changes), tmp_path, is_pinned=pinned)


@FUZZ
@given(st.binary(max_size=400), st.binary(max_size=400), st.binary(max_size=400))
def test_three_members_of_anything_are_no_package(
    tmp_path: Path, one: bytes, two: bytes, three: bytes
) -> None:
    use(packed(one) + packed(two) + packed(three), tmp_path, is_pinned=True)


@FUZZ
@given(CHANGE)
def test_a_damaged_index_is_refused_by_name(tmp_path: Path, changes: list[tuple[float, bytes]]) -> None:
    raw = damaged(write_index([sample().entry], None), changes)
    with suppress(EngineError, ValueError):
        list(open_index(apk_source(str(tmp_path), is_unsigned=True), "amd64", raw).packages())


@FUZZ
@given(st.lists(st.tuples(st.sampled_from("CPVASITUoDpik?"), TEXT), max_size=12))
def test_a_hostile_list_gives_packages_or_says_why_not(fields: list[tuple[str, str]]) -> None:
    honest = dict(line.split(":", 1) for line in sample().entry.strip().splitlines())
    text = "\n".join(f"{letter}:{value}" for letter, value in {**honest, **dict(fields)}.items())
    with suppress(ValueError):
        for facts in read_index(text.encode(), "x86_64"):
            assert "/" not in facts.name
            assert ".." not in facts.path.split("/")
            parse_field(facts.depends)


@FUZZ
@given(st.text(max_size=60))
def test_any_text_has_a_place_among_versions_and_is_a_field_or_not(text: str) -> None:
    assert version_key(text) == version_key(text)
    assert not is_version(text + " ")
    with suppress(ValueError):
        needs, conflicts = split_conflicts(text)
        for group in (*parse_field(needs), *parse_field(conflicts)):
            assert parse_field(str(group[0])) == (group,)


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a/../../x", "a//b", "./../x", "..", "a\x00b", "\x1b[2J", "a\nF:etc"]
)
def test_a_hostile_name_never_leaves_the_package(tmp_path: Path, name: str) -> None:
    one = apk("sample", files={})
    data = packed(archive([member(name, b"x")]))
    info = one.info(hashlib.sha256(data).hexdigest())
    control = packed(segment([member(".PKGINFO", info.encode())]))
    entry = written(one).entry
    checksum = "Q1" + base64.b64encode(hashlib.sha1(control).digest()).decode()
    content = control + data
    package = locked(
        Written(one, content, entry), checksum=checksum, sha256=hashlib.sha256(content).hexdigest()
    )
    file = tmp_path / "x.apk"
    file.write_bytes(content)
    with open_package(file, package) as opened:
        try:
            paths = [leaf.path for leaf in contents_of(opened.entries(), "sample", NO_RECIPE).leaves]
        except EngineError:
            return
    assert paths == ["a"], "tar ends a name at its first NUL"
