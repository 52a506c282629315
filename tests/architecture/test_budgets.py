"""The house's budgets: small files, small functions, honest names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("portal", "tenants", "registry", "catalog", "builds", "bench")
#: Lines of a file, and of a function's body without its docstring.
LARGEST, LARGEST_TEST, LONGEST = 250, 350, 35
VAGUE = {"services", "utils", "helpers", "core", "common"}


def _files(*folders: str) -> list[Path]:
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path.relative_to(ROOT) for path in found if "migrations" not in path.parts)


def _functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Each function's name and the lines of its body."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[ast.get_docstring(node, clean=False) is not None :]
            yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", _files(*PRODUCT, "tests"), ids=str)
def test_a_file_stays_small_and_well_named(path: Path) -> None:
    text = (ROOT / path).read_text()
    assert text.count("\n") <= (LARGEST_TEST if path.parts[0] == "tests" else LARGEST)
    assert not VAGUE & {path.stem, *path.parts[:-1]}
    assert [name for name, lines in _functions(ast.parse(text)) if lines > LONGEST] == []
