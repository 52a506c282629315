"""End this process, as `kill -9` does, just before the n-th thing it does to the database or the store.

Before the n-th and after the one before are the same moment, so that every gap between two steps is met.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

_FILES = frozenset({"os.link", "os.remove", "os.rename", "os.mkdir", "os.truncate"})
_WRITES = ("INSERT", "UPDATE", "DELETE")


class Steps:
    """Counts steps once it is `armed`; there is no way back, so it is for a process of its own."""

    def __init__(self, fatal: int) -> None:
        self.count = 0
        self._fatal = fatal

    def arm(self) -> None:
        from django.db import connection

        from registry.storage import current

        sys.addaudithook(lambda event, _: self._step() if event in _FILES else None)
        connection.ensure_connection()
        connection.execute_wrappers.append(self._query)
        commit = connection._commit
        connection._commit = lambda: (self._step(), commit())
        if type(current()).__name__ == "Objects":
            for name in ("keep", "remove"):
                self._before(type(current()), name)

    def _query(self, execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(_WRITES):
            self._step()
        return execute(sql, *rest)

    def _before(self, kind: type, name: str) -> None:
        real = getattr(kind, name)

        def stepped(*arguments: Any) -> Any:
            self._step()
            return real(*arguments)

        setattr(kind, name, stepped)

    def _step(self) -> None:
        self.count += 1
        if self.count == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)
