"""The list in this folder's docstring names every number once, and only tests that exist."""

from __future__ import annotations

import re

import tests.hostile
from tests.conformance.server import ROOT

LIST = tests.hostile.__doc__ or ""


def test_every_number_is_there_once():
    assert [int(found) for found in re.findall(r"^ ?(\d+) ", LIST, re.MULTILINE)] == list(range(1, 37))


def test_every_test_it_names_exists():
    named = re.findall(r"((?:\w+/)+test_\w+)::(test_\w+)", LIST)
    assert len(named) == LIST.count("::")
    missing = [
        f"{file}::{name}"
        for file, name in named
        if f"def {name}(" not in (ROOT / "tests" / f"{file}.py").read_text()
    ]
    assert missing == []
