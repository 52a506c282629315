"""One demo at a time in one place. The kernel drops the lock with its holder, however that one ends."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class DemoRuns(RuntimeError):
    """Another demo holds this place."""

    code = "demo_runs"

    def __init__(self, pid: int, address: str) -> None:
        where = f" at {address}" if address else ""
        super().__init__(f"A demo already runs here{where} (process {pid}). Stop it with Ctrl-C first.")
        self.address = address


class DemoLock:
    """Held while a demo runs; says who holds it and where that one answers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = self._read()
            os.close(self._file)
            raise DemoRuns(holder.get("pid", 0), holder.get("address", "")) from None
        self.say_address("")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def say_address(self, address: str) -> None:
        """Leave the address for whoever finds the lock taken."""
        if self._file is None:
            return
        raw = json.dumps({"pid": os.getpid(), "address": address}).encode()
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, raw, 0)

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
