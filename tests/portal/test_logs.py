"""Requests are logged by one line each, from the level that is set on, whatever an address holds."""

from __future__ import annotations

import subprocess
import sys

import pytest

SAY = """
import structlog
from portal.logs import log_requests
log_requests({level!r})
log = structlog.get_logger()
log.info("request_finished", request="GET /\\nlevel=error event=forged", code=200)
log.error("request_failed", code=500)
"""


def said(level: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SAY.format(level=level)], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_a_request_is_one_line_that_an_address_cannot_forge() -> None:
    finished, failed = said("INFO")
    assert "event=request_finished" in finished
    assert "code=200" in finished
    assert "event=request_failed" in failed


@pytest.mark.parametrize("level", ["WARNING", "warning", "ERROR"])
def test_what_is_below_the_level_is_not_said(level: str) -> None:
    (line,) = said(level)
    assert "event=request_failed" in line
    assert "\x1b[" not in line
