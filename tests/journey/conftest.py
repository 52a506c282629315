"""One demo for the whole journey: started once, with the starter catalogue really built behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.running import RunningPortal


@pytest.fixture(scope="session")
def running_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    portal = RunningPortal(tmp_path_factory.mktemp("journey") / "var")
    try:
        yield portal.start()
    finally:
        portal.clean_up()
