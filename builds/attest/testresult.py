"""The in-toto test-result predicate v0.1: what the sandbox checked before the tag moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builds.attest.subject import Facts

PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"


def test_result_predicate(facts: Facts, *, architectures: tuple[str, ...]) -> dict[str, Any]:
    """What was seen of an image of `architectures`: PASSED when all of them were run, else WARNED.

    An image that failed is never signed at all. An index claims no more than its images earned: one that was
    only looked at, because no machine here can run it, makes the whole WARNED. `configuration` says by which
    runner, and which architectures were run.
    """
    checks = [
        one for one in facts.tests.get("checks") or [] if one.get("architecture", "") in (*architectures, "")
    ]
    run = [one for one in facts.tests.get("architectures") or [] if one in architectures]
    passed = [_title(check, architectures) for check in checks if check["passed"]]
    warned = [
        f"{one} was checked without being run: no machine here can run it."
        for one in architectures
        if one not in run
    ]
    if not passed:
        run, warned = [], ["No sandbox was available: the image was not run."]
    return {
        "result": "WARNED" if warned else "PASSED",
        "configuration": [
            {
                "name": "sandbox",
                "annotations": {"runner": facts.tests.get("runner") or "none", "architectures": run},
            }
        ],
        "passedTests": passed,
        "warnedTests": warned,
        "failedTests": [],
    }


def _title(check: Mapping[str, Any], architectures: tuple[str, ...]) -> str:
    """A check by name; where several architectures are meant, by which one as well."""
    name, architecture = str(check["name"]), check.get("architecture")
    return f"{architecture}: {name}" if architecture and len(architectures) > 1 else name
