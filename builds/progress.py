"""What a worker reports about a build it holds: steps, log lines, the result or a failure.

Each verb locks the build's row, so a report by a worker that lost its lease changes nothing.
Not in charge of judging a result: the signer does (`builds.sign`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from builds import lease, states
from builds.models import Build, BuildStep

#: Steps a worker may speak about; the others are the signer's.
OF_WORKER = ("fetch", "assemble", "scan", "test", "push")


@dataclass(frozen=True, slots=True)
class StepReport:
    name: str
    state: str
    summary: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    step: str
    text: str


class BadReport(ValueError):
    """A report that names what a worker may not speak about."""

    code = "report-invalid"


@transaction.atomic
def report(*, build_id: UUID, key: str, steps: Sequence[StepReport], lines: Sequence[Line]) -> Build:
    """Write steps and log lines, and extend the lease. Raises NoSuchBuild, BuildEnded, BadReport."""
    build = lease.extend(lease.hold(build_id=build_id, key=key))
    for step in steps:
        if step.name not in OF_WORKER or step.state not in BuildStep.State.values:
            raise BadReport(f"A worker may not report the step {step.name} as {step.state}.")
        states.mark(build, step.name, step.state, step.summary, step.at)
    states.write_lines(build, [(line.at, line.step, line.text) for line in lines])
    return build


@transaction.atomic
def finish(*, build_id: UUID, key: str, result: Mapping[str, Any]) -> Build:
    """Take the worker's result and hand the build to the signer. Raises NoSuchBuild, BuildEnded.

    From here on the worker's key opens nothing any more.
    """
    build = lease.extend(lease.hold(build_id=build_id, key=key))
    build.result = {**result, "reported_at": timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ")}
    build.digest = str(result["index"])
    build.state, build.key_sha256, build.error_code, build.error = Build.State.SIGNING, "", "", ""
    build.save(update_fields=["result", "digest", "state", "key_sha256", "error_code", "error"])
    lease.send_to_signer(build)
    return build


@transaction.atomic
def give_up(*, build_id: UUID, key: str, code: str, sentence: str, is_fault: bool) -> Build:
    """Take the worker's failure. Raises NoSuchBuild, BuildEnded."""
    build = lease.extend(lease.hold(build_id=build_id, key=key))
    states.write_lines(build, [(timezone.now(), "", sentence)])
    states.fail(build, code=code, sentence=sentence, is_fault=is_fault)
    return build
