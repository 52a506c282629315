"""Steps and log lines on their way to the portal, in batches, and the heartbeat: one thread of its own.

A lost lease is remembered and raised at the next thing the build says, so that the work stops soon.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Any, Self

from builds.worker.errors import LeaseLost, PortalUnreachable
from builds.worker.portal import Portal

#: Seconds between batches while there is something to say.
BATCH = 0.4
MOST_LINES = 1000


class Reporter:
    """Use as a context: the thread runs inside the block, and what was said is sent before it ends."""

    def __init__(self, portal: Portal, *, lease_seconds: float) -> None:
        self._portal = portal
        self._beat = max(0.2, lease_seconds / 4)
        self._patience = lease_seconds
        self._lock = threading.Lock()
        self._steps: list[dict[str, Any]] = []
        self._lines: list[dict[str, Any]] = []
        self._step = ""
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()

    def step(self, name: str, state: str = "running", summary: str = "") -> None:
        """Say that a step is running, done, failed or skipped. Raises LeaseLost."""
        self.check()
        with self._lock:
            self._step = name
            self._steps.append({"name": name, "state": state, "summary": summary[:300], "at": _now()})

    def line(self, text: str) -> None:
        """Say one line about the running step. Raises LeaseLost."""
        self.check()
        with self._lock:
            self._lines.append({"at": _now(), "step": self._step, "text": text[:2000]})

    def check(self) -> None:
        """Raises LeaseLost once the portal said so, or was silent for longer than the lease."""
        if self._lost.is_set():
            raise LeaseLost("This build is no longer this worker's.")

    def flush(self) -> None:
        """Send what was said. Raises LeaseLost, PortalUnreachable."""
        with self._lock:
            steps, lines = self._steps[:], self._lines[:MOST_LINES]
            del self._steps[:], self._lines[:MOST_LINES]
        if steps or lines:
            try:
                self._portal.report(steps, lines)
            except PortalUnreachable:
                with self._lock:
                    self._steps[:0], self._lines[:0] = steps, lines
                raise

    def _run(self) -> None:
        heard = time.monotonic()
        while not self._lost.is_set():
            is_last = self._stop.wait(BATCH)
            try:
                if self._steps or self._lines:
                    self.flush()
                    heard = time.monotonic()
                elif time.monotonic() - heard >= self._beat and not is_last:
                    self._portal.heartbeat()
                    heard = time.monotonic()
            except LeaseLost:
                self._lost.set()
            except PortalUnreachable:
                if is_last or time.monotonic() - heard > self._patience:
                    self._lost.set()
            if is_last and not (self._steps or self._lines):
                return


def _now() -> str:
    return datetime.now(UTC).isoformat()
