"""Debian versions: our order is dpkg's, and so is the order of our keys."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builds.engine.deb.version import compare, is_version, version_key

RISING = ["1.0~~", "1.0~~a", "1.0~", "1.0", "1.0-0ubuntu1~", "1.0-0ubuntu1", "1.0-1", "1.0a", "1.0+b1", "1.0.1", "1.2",
          "1.10", "2:0.1", "10:0"]  # fmt: skip
EQUAL = [("1.0", "1.0-0"), ("0:1.0", "1.0"), ("1.0", "1.00"), ("1.0-1", "1.0-01")]
VERSION = st.from_regex(r"([0-9]:)?[0-9][0-9a-c.+~]{0,8}(-[0-9a-c.+~]{1,4})?", fullmatch=True)


def test_a_known_row_rises() -> None:
    assert sorted(sorted(RISING), key=version_key) == RISING
    assert [compare(low, high) for low, high in pairwise(RISING)] == [-1] * (len(RISING) - 1)


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_equal_versions_have_equal_keys(one: str, other: str) -> None:
    assert version_key(one) == version_key(other)


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="dpkg is not installed")
@settings(max_examples=60, deadline=None)
@given(VERSION, VERSION)
def test_dpkg_agrees(one: str, other: str) -> None:
    relation = {-1: "lt", 0: "eq", 1: "gt"}[compare(one, other)]
    assert subprocess.run(["dpkg", "--compare-versions", one, relation, other], check=False).returncode == 0


@pytest.mark.parametrize("text", ["", "1 0", "1\n", "1;2", "ü"])
def test_what_is_no_version_is_told(text: str) -> None:
    assert not is_version(text)
