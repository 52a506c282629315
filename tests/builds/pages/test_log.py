"""A build's log for people."""

from __future__ import annotations

from django.utils import timezone

from builds.models import BuildLogLine
from builds.pages.build import LABELS
from builds.pages.log import parts

NOW = timezone.now()


def line(step: str, text: str) -> BuildLogLine:
    return BuildLogLine(at=NOW, step=step, text=text)


def test_lines_stand_under_the_step_that_said_them_in_their_order() -> None:
    log = [line("fetch", "1 of 2"), line("fetch", "2 of 2"), line("test", "starts"), line("", "It ended.")]

    found = [(part.label, [said.text for said in part.lines]) for part in parts(log, LABELS)]

    assert found == [
        ("Fetch packages", ["1 of 2", "2 of 2"]),
        ("Test in the sandbox", ["starts"]),
        ("", ["It ended."]),
    ]


def test_a_step_that_is_tried_again_begins_a_new_part() -> None:
    log = [line("fetch", "a"), line("test", "b"), line("fetch", "a again")]

    assert len(parts(log, LABELS)) == 3


def test_a_verdict_stands_apart_from_what_it_is_about() -> None:
    passed, failed, plain = parts(
        [
            line("test", "amd64 passed: answers on 8080 (GET /) (12 ms)"),
            line("test", "arm64 FAILED: no shell (3 ms)"),
            line("test", "    passed: as evidence, this is no verdict"),
        ],
        LABELS,
    )[0].lines

    assert (passed.verdict, passed.text, passed.where) == ("pass", "answers on 8080 (GET /)", "amd64")
    assert (failed.verdict, failed.text, failed.where) == ("fail", "no shell", "arm64")
    assert (passed.took, failed.took) == ("12 ms", "3 ms")
    assert (plain.verdict, plain.took) == ("", "")
