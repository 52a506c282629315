"""How the demo feels: the figures of a newcomer's first minutes, measured on the real thing.

    python -m bench.demo [--rounds N]

Starts the demo in a directory of its own and times what a person waits for. Packages downloaded before stay
in this machine's cache; the package index, the images and the database are made anew. "Cold" is the first
order of its packages in that place, "warm" the same order with another label. Prints a table, and one JSON
object on the last line. Ends with status 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import statistics
import sys
import tempfile
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.pulling import Person, pull_first
from bench.report import say
from tests.servers.running import RunningPortal

PATIENCE = 600.0
#: Two packages of different size, neither in the python image.
ADDED = ("curl", "jq")
ENDED = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Figure:
    """What is measured: its key in the JSON line, words, unit and the highest value that is good."""

    key: str
    words: str
    unit: str
    target: float


FIGURES = (
    Figure("address_s", "address printed after set-up", "s", 15),
    Figure("first_image_s", "first image pulled after the address", "s", 60),
    Figure("second_start_s", "second start answers", "s", 10),
    Figure("order_cold_s", "order of two added packages, cold", "s", 20),
    Figure("order_warm_s", "the same with another label, warm", "s", 8),
    Figure("web_mb", "web process, resident", "MB", 250),
    Figure("worker_mb", "idle worker, resident", "MB", 200),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="warm orders to take the median of")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit("bench: stopped"))
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder, portal(Path(folder)) as running:
        found = measure(running, rounds=options.rounds)
    return report(found)


@contextmanager
def portal(folder: Path) -> Iterator[RunningPortal]:
    """A place without anything but this machine's downloaded packages. Ended whatever happens."""
    running = RunningPortal(folder / "var", ASSAY_SNAPSHOTS=str(folder / "snapshots"))
    try:
        yield running
    finally:
        running.clean_up()


def measure(running: RunningPortal, *, rounds: int) -> dict[str, float]:
    """Every figure, by key. Raises when the product does not do what is measured."""
    found: dict[str, float] = {}
    found["address_s"] = timed(running.start)
    say(f"answers after {found['address_s']:.1f} s")
    began = time.monotonic()
    reference, size = pull_first(person(running), seconds=PATIENCE)
    found["first_image_s"] = time.monotonic() - began
    say(f"{reference} pulled ({size / 1e6:.1f} MB) after {found['first_image_s']:.1f} s")
    if failed := await_catalogue(running):
        say(f"not measured, since the starter catalogue is not whole: {failed}")
    else:
        found["catalogue_s"] = time.monotonic() - began
        say(f"the starter catalogue is complete after {found['catalogue_s']:.1f} s")
    running.stop()
    found["second_start_s"] = timed(running.start)
    settle(running)
    found["web_mb"], found["worker_mb"] = resident(running.pid_of("web")), resident(running.pid_of("worker"))
    found["order_cold_s"] = order(person(running), "0")
    found["order_warm_s"] = statistics.median(
        order(person(running), str(number + 1)) for number in range(rounds)
    )
    return found


def await_catalogue(running: RunningPortal) -> str:
    """Wait until every starter image is published, or until one has failed, which is given back."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        said = running.said
        if failed := [line for line in said.splitlines() if " failed: " in line or "cannot be built" in line]:
            return failed[0][:200]
        if "the starter catalogue is complete" in said:
            return ""
        time.sleep(0.05)
    return f"it took longer than {PATIENCE:.0f} s"


def order(who: Person, label: str) -> float:
    """Order a golden image of python, wait until it has earned its tag and pull it; seconds."""
    began = time.monotonic()
    wanted = {"packages": list(ADDED), "labels": {"bench": label}, "tag": f"round-{label}"}
    build = who.ask("builds/", {"name": "bench", "base": "python:latest", "customisation": wanted})
    while build["state"] not in ENDED:
        if time.monotonic() - began > PATIENCE:
            raise TimeoutError(f"a build did not end: {build}")
        time.sleep(0.05)
        build = who.ask(f"builds/{build['id']}/")
    if build["state"] != "succeeded":
        raise RuntimeError(f"a build failed: {build['error']}")
    seconds = time.monotonic() - began
    who.pull("bench", f"round-{label}")
    say(f"order {label}: pullable after {seconds:.1f} s")
    return seconds


def settle(running: RunningPortal) -> None:
    """Let every process start and do what it does first, and let pages be asked for as people do."""
    who = person(running)
    for _ in range(20):
        who.ask("images/")
        time.sleep(0.1)
    until = time.monotonic() + PATIENCE
    while not (running.var / "run" / "worker.pid").exists():
        if time.monotonic() > until:
            raise TimeoutError("the worker did not start")
        time.sleep(0.1)
    time.sleep(8)


def resident(leader: int) -> float:
    """Megabytes resident of a process group: a server and the processes it works through."""
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.getpgid(int(entry.name)) == leader:
                status = (entry / "status").read_text()
                total += int(status.partition("VmRSS:")[2].split()[0]) * 1024
        except (OSError, IndexError):
            continue  # it ended meanwhile
    return total / 1e6


def timed(action: Any) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def person(running: RunningPortal) -> Person:
    return Person.read(running.var / "demo.json")


def report(found: dict[str, float]) -> int:
    """Print the table and the JSON line; 1 when a target is missed."""
    missed = [figure for figure in FIGURES if found.get(figure.key, math.inf) > figure.target]
    print(f"\n{'':42}{'measured':>12}{'target':>12}")
    for figure in FIGURES:
        mark = "  missed" if figure in missed else ""
        value = f"{found[figure.key]:.1f}" if figure.key in found else "none"
        print(f"{figure.words:<42}{value:>9} {figure.unit:<2}{figure.target:>9.0f} {figure.unit:<2}{mark}")
    rounded = {key: round(value, 2) for key, value in sorted(found.items())}
    print(json.dumps({"bench": "demo", "cores": os.cpu_count(), **rounded, "missed": len(missed)}))
    return 1 if missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RuntimeError, TimeoutError, AssertionError, urllib.error.URLError) as failed:
        sys.exit(f"bench: {failed}")
