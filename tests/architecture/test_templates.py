"""Templates are read by people: one element or decision a line."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
#: One tag or one sentence that cannot be broken may pass it.
WIDE, UNBROKEN = 150, 320


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_short_lines(path):
    lines = path.read_text().splitlines()
    assert sum(len(line) > WIDE for line in lines) <= 3
    assert max(map(len, lines), default=0) <= UNBROKEN
