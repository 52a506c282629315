"""The whole starter catalogue, built, tested, signed and published by the same processes as the demo's.

It works in the demo's place, so that the next demo shows what was published; where a demo runs already, the
builds are ordered there. Not in charge of what is in the catalogue (`builds.starter`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import connection

from builds.models import Build
from builds.starter.definitions import definitions
from builds.starter.stock import is_current, stock
from catalog.models import Release, VersionStream
from catalog.search import newest_release
from portal.demo import roster
from portal.demo.lock import DemoLock, DemoRuns
from portal.demo.ports import free_port
from portal.demo.processes import end_leftovers
from portal.demo.readiness import is_ready
from portal.demo.run import prepare
from portal.demo.supervisor import Supervisor

Say = Callable[[str], None]
Pause = Callable[[float], None]
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Tally:
    """What there is of the catalogue in the end: version streams by how far they came."""

    built: int
    tested: int
    failed: int

    def __str__(self) -> str:
        return f"catalogue: {self.built} built, {self.tested} tested, {self.failed} failed"


def run(*, place: Path, port: int, names: Collection[str] | None, say: Say) -> Tally:
    """Publish what is missing of the starter images of these names (None: all). Raises NoFreePort, Stopped."""
    try:
        with DemoLock(place / "run" / "demo.lock") as lock:
            end_leftovers(place)
            prepare(place, say)
            with Supervisor(place=place, say=say) as supervisor:
                lock.say_address(_start(supervisor, place=place, port=free_port(port)))
                return _publish(names, pause=supervisor.pause, say=say)
    except DemoRuns as running:
        say(f"the demo that runs at {running.address} does the work")
        return _publish(names, pause=time.sleep, say=say)


def _start(supervisor: Supervisor, *, place: Path, port: int) -> str:
    web, *others = roster.programs(place=place, port=port, workers=WORKERS)
    supervisor.run([web])
    while not is_ready(port):
        supervisor.pause(0.05)
    supervisor.run(others)
    return f"http://localhost:{port}"


def _publish(names: Collection[str] | None, *, pause: Pause, say: Say) -> Tally:
    began = time.monotonic()
    stock(entitled=roster.ENTITLED, say=say, names=names)
    wanted = definitions().keys() if names is None else names
    streams = VersionStream.objects.filter(image__name__in=wanted)
    total = streams.count()
    going_on = Build.objects.filter(stream__in=streams).exclude(state__in=Build.ENDED)
    for number, line in enumerate(_endings(set(going_on.values_list("pk", flat=True)), pause), 1):
        say(f"[{number}/{total}] {line}")
    say(f"{total} version streams after {time.monotonic() - began:.0f} s")
    return tally(list(streams.select_related("image")))


def _endings(waiting: set[UUID], pause: Pause) -> Iterator[str]:
    """Yield a line for each of the builds as it ends."""
    while waiting:
        ended = Build.objects.filter(pk__in=waiting, state__in=Build.ENDED).select_related("stream__image")
        for build in ended.order_by("ended_at"):
            waiting.discard(build.pk)
            yield _line(build)
        connection.close()  # no reader may hold the database open while nothing happens
        if waiting:
            pause(0.5)


def _line(build: Build) -> str:
    if build.state != Build.State.SUCCEEDED:
        return f"{build.stream} FAILED: {build.error}"
    tests = build.result.get("tests") or {}
    seconds = sum((build.result.get("timings") or {}).values())
    checks = f"{tests.get('passed', 0)} of {tests.get('total', 0)} checks passed"
    where = ", ".join(build.result.get("platforms") or ())
    return f"{build.stream} published for {where}: {checks}, {seconds:.1f} s"


def tally(streams: Collection[VersionStream]) -> Tally:
    """Count what is published as it is defined today, what of that was tested, and what is not there."""
    current = [stream for stream in streams if is_current(stream)]
    releases = [newest_release(stream) for stream in current]
    tested = sum(release is not None and release.tested == Release.Tested.PASSED for release in releases)
    return Tally(built=len(current), tested=tested, failed=len(streams) - len(current))
