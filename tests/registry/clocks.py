"""A clock that tests turn, and a process that remembers by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from registry import memory


class Clock:
    """Seconds, as `registry.memory` counts them."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


@contextmanager
def remembering() -> Iterator[Clock]:
    """What the web process does from its start; here by a clock of the test's own."""
    clock, real = Clock(), memory.clock
    memory.clock = clock
    memory.start()
    try:
        yield clock
    finally:
        memory.stop()
        memory.clock = real
