"""`manage.py vendor`: fetch the locked files of other projects again, through npm, and check each.

Refuses a file whose hash is not the locked one, so that a new version is a deliberate edit of the lock.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

LOCK = Path("static/vendor/LOCK.json")
PATIENCE = 120


def entries(root: Path) -> list[dict[str, str]]:
    """The lock: package name, version, path inside it, file here, licence, SHA-256."""
    found: list[dict[str, str]] = json.loads((root / LOCK).read_text())
    return found


class Command(BaseCommand):
    help = "Fetch the vendored files named in static/vendor/LOCK.json again."

    def handle(self, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        packages: dict[tuple[str, str], list[dict[str, str]]] = {}
        for entry in entries(root):
            packages.setdefault((entry["name"], entry["version"]), []).append(entry)
        for (name, version), files in packages.items():
            with tempfile.TemporaryDirectory() as folder:
                archive = _fetch(name, version, Path(folder))
                for entry in files:
                    (root / entry["file"]).write_bytes(_checked(archive, entry))
                    self.stdout.write(f"{entry['file']}: {name} {version}")


def _fetch(name: str, version: str, folder: Path) -> Path:
    done = subprocess.run(
        ["npm", "pack", "--silent", f"{name}@{version}"],
        check=False, cwd=folder, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    if done.returncode != 0:
        raise CommandError(f"npm could not fetch {name} {version}: {done.stderr.strip()[:300]}")
    return next(folder.glob("*.tgz"))


def _checked(archive: Path, entry: dict[str, str]) -> bytes:
    with tarfile.open(archive) as tar:
        member = tar.extractfile(f"package/{entry['path']}")
        content = member.read() if member else b""
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise CommandError(f"{entry['name']} {entry['version']}: {entry['path']} is not the locked file.")
    return content
