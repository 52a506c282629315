"""The children of the demo: how each is started, watched and ended.

Each leads a process group of its own, so that ending it ends what it started, and asks the kernel to be
told when the supervisor dies. What a killed run left behind is known by a variable in its environment,
never by its name.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: Names the place a process belongs to; inherited by everything that a child starts.
MARKER = "ASSAY_DEMO"
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: a name for people and files, the command line, and what its environment adds."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str]
    #: Whether it is started anew when it ends; if not, an end with status 0 is its success.
    is_lasting: bool = True


@dataclass(slots=True)
class Child:
    """A program that runs. `started` is on the monotonic clock."""

    program: Program
    process: subprocess.Popen[bytes]
    pid_file: Path
    started: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        return self.process.pid

    def status(self) -> int | None:
        """The exit status, or None while it runs."""
        return self.process.poll()

    def ask_to_end(self) -> None:
        """Ask the leader of the group; it ends its own children."""
        if self.status() is None:
            self.process.terminate()

    def end(self, *, until: float) -> bool:
        """Wait until the monotonic time `until`, then kill the whole group. False if that was needed."""
        try:
            self.process.wait(timeout=max(0.0, until - time.monotonic()))
            was_clean = True
        except subprocess.TimeoutExpired:
            was_clean = False
        _kill_group(self.pid)
        self.process.wait()
        self.pid_file.unlink(missing_ok=True)
        return was_clean


def start(program: Program, *, place: Path) -> Child:
    """Start a program below `place`: its output goes to `log/<name>.log`, its id to `run/<name>.pid`."""
    for folder in ("log", "run"):
        (place / folder).mkdir(parents=True, exist_ok=True)
    with (place / "log" / f"{program.name}.log").open("ab") as log:
        process = subprocess.Popen(
            program.argv,
            env={**os.environ, **program.environ, MARKER: str(place)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
            # The supervisor has one thread, so code between fork and exec is safe.
            preexec_fn=_end_with_parent,  # noqa: PLW1509
        )
    pid_file = place / "run" / f"{program.name}.pid"
    pid_file.write_text(f"{process.pid}\n")
    return Child(program, process, pid_file)


def leftovers(place: Path) -> list[int]:
    """Processes of an earlier demo in `place` that still run, by what their environment says."""
    wanted = f"{MARKER}={place}".encode()
    own = {os.getpid(), os.getppid()}
    return [pid for pid in _processes() if pid not in own and wanted in _environ(pid)]


def end_leftovers(place: Path, *, patience: float = 3.0) -> int:
    """End what an earlier demo left running in `place`; returns how many there were."""
    found = leftovers(place)
    for pid in found:
        _signal(pid, signal.SIGTERM)
    until = time.monotonic() + patience
    while leftovers(place) and time.monotonic() < until:
        time.sleep(0.05)
    for pid in leftovers(place):
        _signal(pid, signal.SIGKILL)
    for file in (place / "run").glob("*.pid"):
        file.unlink(missing_ok=True)
    return len(found)


def _end_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environ(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []  # it ended, or is another person's


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
