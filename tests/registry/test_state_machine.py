"""Whatever is pushed, mounted, tagged, deleted, granted and collected in whatever order: nothing lost, nothing leaked.

A short run for every test run, on SQLite here and on PostgreSQL by the command; `make state-machine` goes further.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conformance.server import ROOT
from tests.registry.machine.machine import World
from tests.registry.machine.run import run


@pytest.fixture
def world(acme, globex, ours, theirs):
    return World({"acme": acme, "globex": globex}, {"acme": ours, "globex": theirs})


def test_nothing_is_lost_and_nothing_leaks(world):
    assert run(world, steps=150) >= 150


def test_nothing_is_lost_and_nothing_leaks_on_postgresql():
    command = [sys.executable, "-m", "tests.registry.machine.run", "--steps", "100", "--postgres"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "on postgresql, 0 lost, 0 leaked" in done.stdout.splitlines()[-1]
