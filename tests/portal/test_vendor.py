"""Files of other projects are exactly the locked ones, and none is there without a lock."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from portal.management.commands import vendor

ROOT = Path(__file__).resolve().parents[2]
LOCKED = vendor.entries(ROOT)


@pytest.mark.parametrize("entry", LOCKED, ids=lambda entry: entry["file"])
def test_a_vendored_file_is_the_locked_one(entry: dict[str, str]) -> None:
    content = (ROOT / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert entry["licence"]


def test_nothing_is_vendored_without_a_lock() -> None:
    there = {
        str(path.relative_to(ROOT))
        for folder in ("static/vendor", "tests/browser/vendor")
        for path in (ROOT / folder).iterdir()
    }
    assert there - {str(vendor.LOCK)} == {entry["file"] for entry in LOCKED}


def test_another_content_than_the_locked_one_is_refused(tmp_path: Path) -> None:
    import tarfile

    (tmp_path / "file.js").write_text("changed")
    archive = tmp_path / "package.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "file.js", "package/file.js")
    entry = {"name": "it", "version": "1", "path": "file.js", "sha256": "0" * 64}
    with pytest.raises(CommandError, match="not the locked file"):
        vendor._checked(archive, entry)
