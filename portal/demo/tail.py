"""What a child process says, for people to read: the new whole lines of its log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


class Tail:
    """Follows one growing file. A line that is said again at once, as a retry does, is told once."""

    def __init__(self, path: Path) -> None:
        self._path, self._read, self._last = path, 0, ""

    @staticmethod
    def clear(path: Path) -> None:
        """Forget what an earlier run said."""
        path.unlink(missing_ok=True)

    def news(self) -> Iterator[str]:
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                whole, end, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return
        self._read += len(whole) + len(end)
        for line in whole.decode("utf-8", "replace").splitlines():
            if line and line != self._last:
                self._last = line
                yield line
