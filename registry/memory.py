"""What a web process remembers of what it read, for a stated time. Holds no rule: it repeats answers.

Staleness, as promised in `docs/operations.md`: an answer lives ANSWER seconds, so a tag that moved is seen
within that. The facts behind it (whose token, which tenant, what is granted) live FACT seconds, and an answer
may be made of facts that are about to expire: together REVOKED, the most by which a revocation is late.
Only what was found is remembered, never a refusal, so that what is new is seen at once. Each process remembers
for itself; they meet at the database. Nothing is remembered before `start`: commands always read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, NamedTuple, TypeVar

FACT = 4.0
ANSWER = 1.0
REVOKED = FACT + ANSWER

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
A = TypeVar("A", bound=Hashable)

#: Seconds that only ever grow; tests put their own here.
clock: Callable[[], float] = time.monotonic
_is_on = False
_memories: list[Memory[Any, Any]] = []


class _Entry(NamedTuple, Generic[V]):
    value: V
    until: float
    weight: int


class Memory(Generic[K, V]):
    """A map of at most `most` entries and `room` units of weight, whose entries expire.

    All live about equally long, so the order in which they came is the order in which they go.
    """

    def __init__(self, *, most: int, room: int) -> None:
        self._most, self._room = most, room
        self._entries: dict[K, _Entry[V]] = {}
        self._weight = 0
        self._lock = threading.Lock()
        _memories.append(self)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def weight(self) -> int:
        return self._weight

    def recall(self, key: K) -> V | None:
        entry = self._entries.get(key)  # one step for all threads, so no lock on the way of every pull
        return entry.value if entry is not None and clock() < entry.until else None

    def keep(self, key: K, value: V, *, until: float, weight: int = 1) -> None:
        """Remember `value` until that time of the clock; what is too heavy to be worth it is left out."""
        if not _is_on or weight > self._room // 8:
            return
        with self._lock:
            self._drop(key)
            self._entries[key] = _Entry(value, until, weight)
            self._weight += weight
            self._make_room()

    def forget(self) -> None:
        with self._lock:
            self._entries.clear()
            self._weight = 0

    def _make_room(self) -> None:
        now = clock()
        while self._entries:
            oldest = next(iter(self._entries))
            is_full = len(self._entries) > self._most or self._weight > self._room
            if not is_full and now < self._entries[oldest].until:
                return
            self._drop(oldest)

    def _drop(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._weight -= entry.weight


def remembering(
    read: Callable[[A], V | None], *, most: int = 1024, lasts: float = FACT
) -> Callable[[A], V | None]:
    """`read`, asked at most once in `lasts` seconds for the same thing; None and errors are asked again each time.

    What it returns is shared by threads and must not be changed.
    """
    facts: Memory[A, V] = Memory(most=most, room=most)

    def recall(about: A) -> V | None:
        found = facts.recall(about)
        if found is None:
            began = clock()
            found = read(about)
            if found is not None:
                facts.keep(about, found, until=began + lasts)
        return found

    return recall


def start() -> None:
    """Remember from now on."""
    global _is_on  # noqa: PLW0603 - a process remembers or does not
    _is_on = True


def stop() -> None:
    """Forget everything, and remember nothing from now on."""
    global _is_on  # noqa: PLW0603
    _is_on = False
    for one in _memories:
        one.forget()
