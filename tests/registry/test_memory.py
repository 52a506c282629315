"""What a process remembers expires, and never takes more room than it was given."""

from __future__ import annotations

import pytest

from registry import memory
from registry.memory import Memory
from tests.registry.clocks import remembering


@pytest.fixture
def clock():
    with remembering() as clock:
        yield clock


def test_nothing_is_remembered_before_the_start():
    kept = Memory[str, int](most=10, room=10)
    kept.keep("a", 1, until=memory.clock() + 60)
    assert kept.recall("a") is None


def test_an_entry_lasts_until_its_time(clock):
    kept = Memory[str, int](most=10, room=10)
    kept.keep("a", 1, until=clock.now + 1)
    clock.pass_(0.999)
    assert kept.recall("a") == 1
    clock.pass_(0.001)
    assert kept.recall("a") is None


def test_the_oldest_goes_when_there_are_too_many(clock):
    kept = Memory[int, int](most=3, room=1000)
    for number in range(5):
        kept.keep(number, number, until=clock.now + 60)
    assert [kept.recall(number) for number in range(5)] == [None, None, 2, 3, 4]


def test_the_oldest_goes_when_there_is_no_room(clock):
    kept = Memory[str, str](most=100, room=80)
    for name in "abcdefghijkl":
        kept.keep(name, name, until=clock.now + 60, weight=10)
        assert kept.weight <= 80
    assert (len(kept), kept.recall("d"), kept.recall("e")) == (8, None, "e")
    kept.keep("huge", "x", until=clock.now + 60, weight=81)
    assert (len(kept), kept.recall("huge")) == (8, None)


def test_keeping_anew_counts_the_weight_once(clock):
    kept = Memory[str, str](most=100, room=100)
    for weight in (10, 5, 12):
        kept.keep("a", "x", until=clock.now + 60, weight=weight)
    assert (len(kept), kept.weight) == (1, 12)


def test_what_expired_makes_room_for_what_comes(clock):
    kept = Memory[int, int](most=100, room=100)
    for number in range(50):
        kept.keep(number, number, until=clock.now + 1)
    clock.pass_(2)
    kept.keep(100, 100, until=clock.now + 1)
    assert len(kept) == 1


def test_a_fact_is_read_once_in_its_time_and_nothing_else_is(clock):
    asked: list[str] = []

    def read(about: str) -> str | None:
        asked.append(about)
        if about == "error":
            raise LookupError
        return None if about == "none" else about

    recall = memory.remembering(read)
    for _ in range(2):
        assert (recall("a"), recall("none")) == ("a", None)
        with pytest.raises(LookupError):
            recall("error")
    assert (asked.count("a"), asked.count("none"), asked.count("error")) == (1, 2, 2)
    clock.pass_(memory.FACT)
    recall("a")
    assert asked.count("a") == 2


def test_stopping_forgets(clock):
    kept = Memory[str, int](most=10, room=10)
    kept.keep("a", 1, until=clock.now + 60)
    memory.stop()
    assert (kept.recall("a"), len(kept), kept.weight) == (None, 0, 0)
