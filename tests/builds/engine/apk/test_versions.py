"""Apk versions: a known row rises, real histories ascend, and families are the versions that begin so."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builds.engine.apk.version import begins_with, is_version, version_key
from tests.shared import shared

#: One row, rising: every rule of the order has a place in it.
RISING = [
    "0.9.28", "0.9.28.1", "0.10_rc1", "0.10", "1.00_beta2", "1.001", "1.01", "1.06-r6", "1.07", "1.07.5", "1.1_alpha",
    "1.1_alpha2", "1.1_alpha10", "1.1_beta1", "1.1_pre20191002", "1.1_pre20210530", "1.1_rc1_pre2", "1.1_rc1", "1.1",
    "1.1-r1", "1.1-r2", "1.1-r10", "1.1_cvs1", "1.1_svn1", "1.1_git20200101", "1.1_git20200102", "1.1_hg1", "1.1_p9",
    "1.1_p9-r2", "1.1_p12", "1.1a", "1.1a-r1", "1.1a7", "1.1b", "1.1.0", "1.1.1", "1.1.10", "1.2", "1.10", "006", "20060512",
]  # fmt: skip
#: Real downgrades in the history: what the data's description names.
DOWNGRADED = {"libgcc", "libstdc++", "libvorbis", "libcrypto3", "libssl3", "cyrus-sasl-libs", "rust-1.94"}
VERSION = st.from_regex(
    r"[0-9]{1,2}(\.[0-9]{1,3}){0,2}[a-c]?(_(alpha|rc|git|p)[0-9]{0,2}){0,2}(-r[0-9]{1,2})?", fullmatch=True
)


def test_a_known_row_rises() -> None:
    assert sorted(RISING, key=version_key) == RISING
    assert len({version_key(version) for version in RISING}) == len(RISING)
    assert [version for version in RISING if not is_version(version)] == []


def test_real_histories_ascend_but_for_the_downgrades_in_them() -> None:
    pairs = set()
    with gzip.open(shared("builds/lock-history.jsonl.gz")) as lines:
        for line in lines:
            for name, (old, new) in (json.loads(line).get("upgraded") or {}).items():
                pairs.add((name, old, new))
    falling = [(name, old, new) for name, old, new in pairs if not version_key(old) < version_key(new)]
    assert (len(pairs), len(falling)) == (2658, 8)
    assert {name for name, _, _ in falling} == DOWNGRADED


@pytest.mark.parametrize(
    "text", ["", "a1", "1.0-1", "1.0-r", "1.0_foo", "1..0", "1.0 ", "1.0bc", "1:1.0", "٣", "1" * 300]
)
def test_what_is_no_version_is_told_and_still_has_a_place(text: str) -> None:
    assert not is_version(text)
    assert version_key(text) == version_key(text + "")


@settings(max_examples=80, deadline=None)
@given(VERSION, VERSION, VERSION)
def test_the_order_is_one(one: str, two: str, three: str) -> None:
    low, middle, high = sorted((one, two, three), key=version_key)
    assert version_key(low) <= version_key(middle) <= version_key(high)
    assert is_version(low)


@pytest.mark.parametrize(
    ("version", "start", "does"),
    [("1.2", "1.2", True), ("1.2.3-r4", "1.2", True), ("1.2_alpha1", "1.2", True), ("1.20", "1.2", False),
     ("1.2", "1.2.3", False), ("1.2_p1-r0", "1.2_p1", True), ("1.2_p10", "1.2_p1", False), ("1.2a", "1.2", True),
     ("1.02", "1.0", False)],
)  # fmt: skip
def test_a_family_is_all_that_begins_with_whole_parts(version: str, start: str, does: bool) -> None:
    assert begins_with(version, start) is does


@settings(max_examples=50, deadline=None)
@given(st.lists(VERSION, min_size=3, max_size=12), VERSION)
def test_a_family_is_one_stretch_of_the_order(versions: list[str], start: str) -> None:
    ordered = sorted(versions, key=version_key)
    flags = [begins_with(version, start) for version in ordered]
    assert "".join("x" if flag else " " for flag in flags).strip().count(" ") == 0
