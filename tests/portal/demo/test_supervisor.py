import os
import signal
import sys
import time

import pytest

from portal.demo.processes import Program
from portal.demo.supervisor import Stopped, Supervisor


@pytest.fixture(autouse=True)
def handlers():
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def pid_of(place, name):
    return int((place / "run" / f"{name}.pid").read_text())


def watch_until(supervisor, condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        supervisor.pause(0.02)


def test_a_process_that_is_killed_is_started_again_and_it_is_said(tmp_path):
    said = []
    with Supervisor(place=tmp_path, say=said.append) as supervisor:
        supervisor.run([Program("web", ["sleep", "600"], {})])
        first = pid_of(tmp_path, "web")
        os.kill(first, signal.SIGKILL)
        watch_until(
            supervisor, lambda: (tmp_path / "run" / "web.pid").exists() and pid_of(tmp_path, "web") != first
        )
    assert said[0].startswith("web was ended by SIGKILL; starting it again in 0.2 s")


def test_a_process_that_keeps_failing_is_tried_less_and_less_often(tmp_path):
    said = []
    with Supervisor(place=tmp_path, say=said.append) as supervisor:
        supervisor.run([Program("web", [sys.executable, "-c", "raise SystemExit(3)"], {})])
        watch_until(supervisor, lambda: len(said) >= 3)
    assert [line.partition(" (")[0] for line in said[:3]] == [
        f"web ended with status 3; starting it again in {delay} s" for delay in ("0.2", "0.4", "0.8")
    ]


def test_a_task_that_succeeds_is_not_started_again(tmp_path):
    said = []
    with Supervisor(place=tmp_path, say=said.append) as supervisor:
        supervisor.run([Program("starter", ["true"], {}, is_lasting=False)])
        watch_until(supervisor, lambda: not (tmp_path / "run" / "starter.pid").exists())
        supervisor.pause(0.5)
    assert said == []


def test_a_task_that_fails_is_tried_again(tmp_path):
    said = []
    with Supervisor(place=tmp_path, say=said.append) as supervisor:
        supervisor.run([Program("starter", ["false"], {}, is_lasting=False)])
        watch_until(supervisor, lambda: len(said) == 2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything(tmp_path, number):
    with Supervisor(place=tmp_path, say=print) as supervisor:
        supervisor.run([Program(name, ["sleep", "600"], {}) for name in ("web", "worker")])
        pids = [pid_of(tmp_path, name) for name in ("web", "worker")]
        os.kill(os.getpid(), number)
        with pytest.raises(Stopped):
            supervisor.pause(20)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
