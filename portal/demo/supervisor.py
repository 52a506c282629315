"""Keeps the demo's processes running until it is told to stop. What they are is the `roster`'s business."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Self

from portal.demo.processes import Child, Program, start

Say = Callable[[str], None]
#: A process that stays up this long has recovered, and its next end is met at once again.
_STEADY_SECONDS = 30.0
_MAX_DELAY = 30.0


class Stopped(Exception):
    """Somebody asked the demo to stop."""


class Supervisor:
    """Starts programs, starts them again when they end, and ends them all on leaving the context.

    Has one thread. SIGINT, SIGTERM and SIGHUP ask it to stop.
    """

    def __init__(self, *, place: Path, say: Say, grace: float = 6.0) -> None:
        self._place, self._say, self._grace = place, say, grace
        self._children: dict[str, Child] = {}
        self._ended: dict[str, tuple[Program, float]] = {}
        self._delays: dict[str, float] = {}
        self._is_stopping = False

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        return self

    def __exit__(self, *exc: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave processes behind
        self._end_all()

    def run(self, programs: Iterable[Program]) -> None:
        for program in programs:
            self._children[program.name] = start(program, place=self._place)

    def watch(self) -> None:
        """Look once at every process. Raises Stopped."""
        if self._is_stopping:
            raise Stopped
        for name, child in list(self._children.items()):
            status = child.status()
            if status is not None:
                self._has_ended(name, child, status)
        for name, (program, at) in list(self._ended.items()):
            if time.monotonic() >= at:
                del self._ended[name]
                self.run([program])

    def pause(self, seconds: float) -> None:
        """Sleep and keep watching. Raises Stopped."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.watch()
            time.sleep(min(left, 0.1))
        self.watch()

    def _has_ended(self, name: str, child: Child, status: int) -> None:
        del self._children[name]
        child.end(until=0)
        if not child.program.is_lasting and status == 0:
            return
        is_steady = time.monotonic() - child.started > _STEADY_SECONDS
        delay = 0.2 if is_steady else min(self._delays.get(name, 0.1) * 2, _MAX_DELAY)
        self._delays[name] = delay
        log = self._place / "log" / f"{name}.log"
        self._say(f"{name} {_how(status)}; starting it again in {delay:.1f} s (its log: {log})")
        self._ended[name] = (child.program, time.monotonic() + delay)

    def _end_all(self) -> None:
        until = time.monotonic() + self._grace
        for child in self._children.values():
            child.ask_to_end()
        late = [name for name, child in self._children.items() if not child.end(until=until)]
        if late:
            self._say(
                f"{', '.join(late)} did not end in time; what was begun is done again at the next start"
            )
        self._children.clear()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._is_stopping = True


def _how(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"
