"""The in-toto test-result predicate v0.1: what the sandbox checked before the tag moved."""

from __future__ import annotations

from typing import Any

from builds.attest.subject import Facts

PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"


def test_result_predicate(facts: Facts) -> dict[str, Any]:
    """PASSED, or WARNED where no sandbox could run: an image that failed is never signed at all.

    `configuration` says by which runner, and which architectures were run rather than checked statically.
    """
    checks = facts.tests.get("checks") or []
    passed = [str(check["name"]) for check in checks if check["passed"]]
    return {
        "result": "PASSED" if passed else "WARNED",
        "configuration": [
            {
                "name": "sandbox",
                "annotations": {
                    "runner": facts.tests.get("runner") or "none",
                    "architectures": list(facts.tests.get("architectures") or []),
                },
            }
        ],
        "passedTests": passed,
        "warnedTests": [] if passed else ["No sandbox was available: the image was not run."],
        "failedTests": [],
    }
