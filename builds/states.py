"""Moves of a build between its states that more than one verb makes: steps, endings, retries.

Not in charge of who may ask for them (`builds.worker_api`) nor of the lease (`builds.lease`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from builds.models import Build, BuildLogLine, BuildStep

STEPS = ("fetch", "assemble", "scan", "test", "push", "sign", "publish")
#: After so many attempts a fault ends the build as failed.
MAX_ATTEMPTS = 5
#: Log lines kept of one build; what comes after is counted, not kept.
MAX_LINES = 20_000


def ensure_steps(build: Build) -> None:
    """Make the steps of a build, all waiting; those that exist go back to waiting."""
    BuildStep.objects.bulk_create(
        [BuildStep(build=build, position=position, name=name) for position, name in enumerate(STEPS)],
        update_conflicts=True,
        unique_fields=["build", "name"],
        update_fields=["position"],
    )


def reset_steps(build: Build, names: Iterable[str] = STEPS) -> None:
    build.steps.filter(name__in=list(names)).update(
        state=BuildStep.State.WAITING, summary="", started_at=None, ended_at=None
    )


def mark(build: Build, name: str, state: str, summary: str = "", at: datetime | None = None) -> None:
    """Move one step to a state, keeping its first start."""
    step = build.steps.get(name=name)
    now = at or timezone.now()
    step.state = BuildStep.State(state)
    step.summary = (summary or step.summary)[:300]
    step.started_at = step.started_at or now
    if state in (BuildStep.State.DONE, BuildStep.State.FAILED, BuildStep.State.SKIPPED):
        step.ended_at = now
    step.save(update_fields=["state", "summary", "started_at", "ended_at"])


def write_lines(build: Build, lines: Iterable[tuple[datetime, str, str]]) -> None:
    """Append log lines (time, step, text). The caller holds the build's row, so numbers never clash."""
    last = build.log.aggregate(last=Max("number"))["last"] or 0
    rows = [
        BuildLogLine(build=build, number=number, at=at, step=step[:20], text=text[:2000])
        for number, (at, step, text) in enumerate(lines, start=last + 1)
        if number <= MAX_LINES
    ]
    BuildLogLine.objects.bulk_create(rows)


def fail(build: Build, *, code: str, sentence: str, is_fault: bool) -> None:
    """End the build as failed, or queue it again where the fault is ours and attempts are left.

    The caller holds the build's row. A build that is queued again waits a little longer each time; the
    reaper wakes a worker for it.
    """
    now = timezone.now()
    build.steps.filter(state=BuildStep.State.RUNNING).update(
        state=BuildStep.State.FAILED, ended_at=now, summary=sentence[:300]
    )
    build.error_code, build.error = code[:60], sentence
    if is_fault and build.attempt < MAX_ATTEMPTS:
        pause = timedelta(seconds=min(60, 2**build.attempt))
        build.state, build.lease_expires_at = Build.State.QUEUED, now + pause
    else:
        build.state, build.lease_expires_at, build.ended_at = Build.State.FAILED, None, now
    build.key_sha256 = ""
    build.save(update_fields=["error_code", "error", "state", "lease_expires_at", "ended_at", "key_sha256"])
