"""The house's budgets: small files, small functions, honest names."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("portal", "tenants", "registry", "catalog", "builds")
FILES = sorted(
    path for floor in FLOORS for path in (ROOT / floor).rglob("*.py") if "migrations" not in path.parts
)
VAGUE = {"services", "utils", "helpers", "core", "common"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_stays_small_and_well_named(path):
    text = path.read_text()
    assert text.count("\n") <= 500
    assert not VAGUE & {path.stem, *path.relative_to(ROOT).parent.parts}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 60, f"{node.name} is too long"
