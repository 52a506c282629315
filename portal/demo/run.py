"""One run of the demo, from an empty place or an earlier one to Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from django.core.management import call_command
from django.db import OperationalError, connection

from builds.engine.durable import disk_full_named
from builds.engine.errors import DiskFull
from portal.demo import people, readiness, recovery, roster, statics
from portal.demo.lock import DemoLock
from portal.demo.ports import free_port
from portal.demo.processes import end_leftovers
from portal.demo.progress import Progress
from portal.demo.supervisor import Stopped, Supervisor
from portal.demo.tail import Tail

Say = Callable[[str], None]


def run(*, place: Path, port: int, has_starter: bool, say: Say) -> None:
    """Run until told to stop. Raises DemoRuns, NoFreePort, StaticsFailed, DiskFull."""
    try:
        with disk_full_named(place):
            _run(place=place, port=port, has_starter=has_starter, say=say)
    except OperationalError as error:
        if "disk is full" in str(error):  # SQLite's words
            raise DiskFull(path=place) from error
        raise


def _run(*, place: Path, port: int, has_starter: bool, say: Say) -> None:
    began = time.monotonic()
    with DemoLock(place / "run" / "demo.lock") as lock:
        if ended := end_leftovers(place):
            say(f"demo: ended {ended} processes of an earlier run")
        everyone = prepare(place, say)
        chosen = free_port(port)
        if chosen != port:
            say(f"demo: port {port} is taken, using {chosen}")
        Tail.clear(place / "log" / "starter.log")
        with Supervisor(place=place, say=lambda text: say(f"demo: {text}")) as supervisor:
            try:
                web, *others = roster.programs(place=place, port=chosen)
                supervisor.run([web])
                _await_web(supervisor, chosen)
                address = f"http://localhost:{chosen}"
                people.write(place / "demo.json", address=address, people=everyone)
                lock.say_address(address)
                _introduce(address, everyone, time.monotonic() - began, say)
                supervisor.run(others)
                if has_starter:
                    supervisor.run([roster.starter(place=place, port=chosen)])
                _follow(supervisor, Tail(place / "log" / "starter.log"), say)
            except Stopped:
                say("demo: stopping")
    say("demo: stopped; everything is kept for the next start")


def prepare(place: Path, say: Say) -> list[people.Person]:
    """Have database, people, static files and an empty queue; no process of an earlier run holds a build."""
    place.mkdir(parents=True, exist_ok=True)
    collecting = statics.begin(place)
    if collecting is not None:
        say("demo: collecting static files")
    try:
        call_command("migrate", verbosity=0)
        everyone = people.prepare_people(people.read_kept(place / "demo.json"))
        recovery.clear_queue(place)
        recovery.expire_leases()
        statics.finish(collecting, place)
    finally:
        statics.abandon(collecting)
    return everyone


def _await_web(supervisor: Supervisor, port: int) -> None:
    while not readiness.is_ready(port):
        supervisor.pause(0.05)


def _follow(supervisor: Supervisor, starter: Tail, say: Say) -> None:
    progress = Progress()
    while True:
        for sentence in (*starter.news(), *progress.news()):
            say(f"demo: {sentence}")
        connection.close()  # no reader may hold the database open while nothing happens
        supervisor.pause(1.0)


def _introduce(address: str, everyone: list[people.Person], seconds: float, say: Say) -> None:
    say(f"\nAssay answers at {address} after {seconds:.1f} s")
    for slug in people.TENANTS:
        say(f"  {slug}: {address}/{slug}/  or  {address.replace('localhost', f'{slug}.localhost')}/")
    say("")
    for person in everyone:
        say(
            f"  {person.role} of {person.tenant or 'the platform'}: {person.login}  password {person.password}"
        )
        if person.token:
            say(f"      token {person.token}")
    say("\nStop with Ctrl-C.\n")
