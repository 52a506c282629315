"""Lock files: a spec with its lock, and the digest they gave, in one JSON file that anyone can rebuild."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builds.engine.cli.definition import read_document
from builds.engine.errors import BadLock
from builds.engine.lock import Lock
from builds.engine.spec import Spec


@dataclass(frozen=True, slots=True)
class LockFile:
    """``index`` is the digest that was built from it, "" before the first build."""

    spec: Spec
    lock: Lock
    index: str = ""

    def to_text(self) -> str:
        plain = {"spec": self.spec.to_json(), "lock": self.lock.to_json(), "index": self.index}
        return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_lock_file(path: Path) -> LockFile:
    """Read a lock file; raise ``BadDefinition``, ``BadLock`` or ``SpecMalformed``."""
    plain: Any = read_document(path)
    if not isinstance(plain.get("lock"), dict) or not isinstance(plain.get("spec"), dict):
        raise BadLock(reason="the file has no spec and lock")
    index = plain.get("index", "")
    if not isinstance(index, str):
        raise BadLock(reason="the field index is not text")
    return LockFile(Spec.from_json(plain["spec"]), Lock.from_json(plain["lock"]), index)
