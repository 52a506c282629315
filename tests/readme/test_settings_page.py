"""Every setting that the code reads is on the operations page, and the page names no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operations.md"
READ = re.compile(r"\b(?:env(?:\.[a-z]+)?\(|_secret\(|environ\.get\(|environ\[)\s*\"([A-Z][A-Z_]+)\"")
#: Not ours to document: the system's own, and what one process of ours tells another.
OTHERS = {"PATH", "HOME", "DJANGO_SETTINGS_MODULE"}


def read_by_code() -> set[str]:
    folders = ("portal", "tenants", "registry", "catalog", "builds")
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    # A request has an environ, too.
    sources = [path for path in sources if not path.is_relative_to(ROOT / "registry" / "door")]
    return {name for path in sources for name in READ.findall(path.read_text())} - OTHERS


def test_the_operations_page_names_every_setting_and_no_other() -> None:
    documented = set(re.findall(r"^\| `([A-Z][A-Z_]+)` \|", PAGE.read_text(), re.MULTILINE))
    assert documented == read_by_code()


def test_the_readme_names_only_settings_that_are_read() -> None:
    readme = (ROOT / "README.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z][A-Z_]+)` \|", readme, re.MULTILINE))
    assert documented - {"PORT"} <= read_by_code()
    assert documented
