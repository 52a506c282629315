"""A build's log for people: lines under the step that said them, verdicts apart from what they are about.

Not in charge of what a line says (workers write it) nor of shortening digests (`in_words`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from builds.models import BuildLogLine

#: What `builds.worker.trial` says of a check: "amd64 passed: answers on 8080 (12 ms)".
_CHECK = re.compile(r"(?P<where>\S+) (?P<verdict>passed|FAILED): (?P<what>.*?)(?: \((?P<took>[0-9]+ ms)\))?")


@dataclass(frozen=True, slots=True)
class Said:
    """One line. Of a check: `verdict` is "pass" or "fail", `where` its architecture, `took` how long it was at it."""

    at: datetime
    text: str
    verdict: str = ""
    where: str = ""
    took: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What one step said without another between."""

    label: str
    lines: list[Said]


def parts(log: Iterable[BuildLogLine], labels: Mapping[str, object]) -> list[Part]:
    """The lines in their order, by step; `labels` are the steps' names for people."""
    return [
        Part(str(labels.get(step, step)), [_said(line) for line in lines])
        for step, lines in groupby(log, key=lambda line: line.step)
    ]


def _said(line: BuildLogLine) -> Said:
    check = _CHECK.fullmatch(line.text)
    if check is None:
        return Said(line.at, line.text)
    verdict = "pass" if check["verdict"] == "passed" else "fail"
    return Said(line.at, check["what"], verdict, check["where"], check["took"] or "")
