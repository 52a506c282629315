"""Tests that share a server run in one process. Said aloud, because the runner says nothing when it forgets."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("together")
def test_tests_of_a_group_are_kept_together(request: pytest.FixtureRequest):
    is_asked_for = getattr(request.config.option, "loadgroup", False)
    assert not is_asked_for or request.node.nodeid.endswith("@together")
