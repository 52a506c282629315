"""Real data that tests read where it is at hand: `shared/data` beside the clone, or where ASSAY_TEST_DATA says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("ASSAY_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


def shared(name: str) -> Path:
    """Where a file of it lies; without it the test is skipped, in CI failed (see `tests.conftest`)."""
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"{path} is not here; ASSAY_TEST_DATA may name another place of the data")
    return path
