"""Tests that share a costly server run in one process. xdist has lost its groups before without a word."""

from __future__ import annotations

import os

import pytest


@pytest.mark.xdist_group("together")
def test_a_group_stays_together(request: pytest.FixtureRequest) -> None:
    divided = "PYTEST_XDIST_WORKER" in os.environ and request.config.getoption("loadgroup", default=True)
    assert not divided or request.node.nodeid.endswith("@together")
