"""The short form of `make crash`: some of the kills, and some seconds of racing, on SQLite and files."""

from __future__ import annotations

import pytest

from tests.crash.race import race
from tests.crash.run import Place, kill_everywhere

pytestmark = pytest.mark.xdist_group("crash")


def test_nothing_is_lost_or_left_when_a_push_or_collection_is_killed(tmp_path):
    done = kill_everywhere(Place.on_sqlite(tmp_path), every=5)
    assert done["found"] == []
    assert done["kills"] >= 25


def test_collection_beside_pushes_mounts_and_pulls_loses_nothing():
    raced = race("", seconds=6)
    assert raced.found == []
    assert raced.tagged
    assert raced.pulled
    assert raced.runs
