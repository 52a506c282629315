"""The test-result attestation: what was run, what was only looked at, and that an index claims no more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from builds.attest.subject import Facts
from builds.attest.testresult import test_result_predicate as predicate
from builds.engine.lock import Lock

CHECKS = [
    {"name": "answers", "architecture": "amd64", "passed": True},
    {"name": "has no shell", "architecture": "amd64", "passed": True},
    {"name": "has no shell", "architecture": "arm64", "passed": True},
]


def claimed(*architectures: str, checks: list[dict[str, Any]] = CHECKS) -> dict[str, Any]:
    now = datetime(2026, 8, 22, tzinfo=UTC)
    lock = Lock("deb", "trixie", "", 0, {}, "1", "", "", ())
    tests = {"runner": "runc 1", "architectures": ["amd64"] if checks else [], "checks": checks}
    facts = Facts("acme/x", "1", {}, lock, {}, tests, {}, now, now, "https://portal")
    return predicate(facts, architectures=architectures)


def test_an_image_that_was_run_passed_by_its_own_checks() -> None:
    claim = claimed("amd64")
    assert claim["result"] == "PASSED"
    assert claim["passedTests"] == ["answers", "has no shell"]
    assert claim["configuration"][0]["annotations"]["architectures"] == ["amd64"]


def test_an_image_that_no_machine_could_run_claims_only_what_was_seen() -> None:
    claim = claimed("arm64")
    assert claim["result"] == "WARNED"
    assert claim["passedTests"] == ["has no shell"]
    assert claim["warnedTests"] == ["arm64 was checked without being run: no machine here can run it."]
    assert claim["configuration"][0]["annotations"]["architectures"] == []


def test_an_index_claims_no_more_than_its_images_earned() -> None:
    claim = claimed("amd64", "arm64")
    assert claim["result"] == "WARNED"
    assert claim["passedTests"] == ["amd64: answers", "amd64: has no shell", "arm64: has no shell"]
    assert len(claim["warnedTests"]) == 1


def test_without_a_sandbox_nothing_passed() -> None:
    claim = claimed("amd64", checks=[])
    assert (claim["result"], claim["passedTests"]) == ("WARNED", [])
    assert claim["warnedTests"] == ["No sandbox was available: the image was not run."]
