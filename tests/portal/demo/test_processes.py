"""Real processes: what is started is ended, with all that it started itself."""

import os
import signal
import subprocess
import sys
import time

import pytest

from portal.demo.processes import MARKER, Program, end_leftovers, leftovers, start

FAMILY = "import subprocess, sys, time; subprocess.Popen(['sleep', '600']); print('up', flush=True); time.sleep(600)"


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def members(group):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and is_alive(int(entry)):
            try:
                if os.getpgid(int(entry)) == group:
                    found.append(int(entry))
            except ProcessLookupError:
                continue
    return found


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


@pytest.fixture
def place(tmp_path):
    place = tmp_path / "a place"
    yield place
    end_leftovers(place, patience=0)


@pytest.fixture
def family(place):
    """A child with a child of its own."""
    child = start(Program("family", [sys.executable, "-c", FAMILY], {}), place=place)
    until(lambda: len(members(child.pid)) == 2)
    yield child
    child.end(until=0)


def test_ending_a_child_ends_what_it_started(family, place):
    family.ask_to_end()
    family.end(until=time.monotonic() + 10)
    until(lambda: members(family.pid) == [])
    assert not (place / "run" / "family.pid").exists()


def test_a_child_that_will_not_end_is_killed(place):
    stubborn = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    child = start(Program("stubborn", [sys.executable, "-c", stubborn], {}), place=place)
    until(lambda: (place / "log" / "stubborn.log").read_text() == "up\n")
    child.ask_to_end()
    assert child.end(until=time.monotonic() + 0.2) is False
    assert child.status() == -signal.SIGKILL


def test_a_child_leads_its_own_group_and_is_named_in_a_file(family, place):
    assert os.getpgid(family.pid) == family.pid != os.getpgid(0)
    assert (place / "run" / "family.pid").read_text() == f"{family.pid}\n"


def test_what_a_killed_run_left_is_found_by_its_place_alone(family, place, tmp_path):
    elsewhere = subprocess.Popen(
        ["sleep", "600"], env={**os.environ, MARKER: str(tmp_path / "another place")}
    )
    try:
        until(lambda: leftovers(tmp_path / "another place") == [elsewhere.pid])
        assert sorted(leftovers(place)) == sorted(members(family.pid))
        assert end_leftovers(place) == 2
        until(lambda: members(family.pid) == [])
        assert is_alive(elsewhere.pid)
    finally:
        elsewhere.kill()
        elsewhere.wait()


def test_a_child_ends_when_its_supervisor_is_killed(place):
    supervisor = (
        "import sys, time; from pathlib import Path\n"
        "from portal.demo.processes import Program, start\n"
        "child = start(Program('child', ['sleep', '600'], {}), place=Path(sys.argv[1]))\n"
        "print(child.pid, flush=True); time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", supervisor, str(place)], stdout=subprocess.PIPE, text=True
    )
    with parent:
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    until(lambda: not is_alive(child))
