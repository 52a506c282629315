"""The scan attestation: by which rules it was looked, what was found, and what programs of each image can do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from builds.attest.scan import is_scanned, scan_predicate
from builds.attest.subject import Facts
from builds.engine.lock import Lock

RULES = "sha256:" + "4" * 64
FOUND = {
    "rule": "world-writable", "path": "var/spool/x", "detail": "mode 0777", "is_blocking": False, "package": "x",
    "platform": "arm64",
}  # fmt: skip
SCAN = {
    "rules": RULES,
    "findings": [FOUND],
    "capabilities": {
        "amd64": {"listens-on-network": ["nginx"]},
        "arm64": {"listens-on-network": ["x", "nginx"]},
    },
}


def facts(scan: dict[str, Any]) -> Facts:
    now = datetime(2026, 8, 22, tzinfo=UTC)
    lock = Lock("deb", "trixie", "", 0, {}, "7", "", "", ())
    return Facts("acme/x", "1", {}, lock, {}, {}, {}, now, now, "https://portal", scan)


def test_an_image_without_findings_says_so_under_its_rules() -> None:
    claim = scan_predicate(facts(SCAN), architectures=("amd64",))
    assert claim["attributes"] == [
        {"attribute": "NO_MALWARE_FOUND", "conditions": {"rules": RULES}},
        {"attribute": "NO_FINDING", "conditions": {"rules": RULES}},
        {
            "attribute": "CAPABILITY:listens-on-network",
            "conditions": {"rules": RULES, "packages": ["nginx"]},
        },
    ]
    assert claim["producer"] == {
        "uri": "https://portal/docs/scanners/package-contents",
        "name": "assay-engine-7",
        "digest": {"sha256": "4" * 64},
    }


def test_a_finding_is_named_and_an_index_tells_of_all_its_images() -> None:
    attributes = scan_predicate(facts(SCAN), architectures=("amd64", "arm64"))["attributes"]
    assert "NO_FINDING" not in {one["attribute"] for one in attributes}
    assert attributes[1] == {
        "attribute": "FINDING:world-writable",
        "target": {"name": "var/spool/x"},
        "conditions": {"rules": RULES, "package": "x", "architecture": "arm64"},
    }
    assert attributes[2]["conditions"]["packages"] == ["nginx", "x"]


def test_nothing_is_claimed_of_what_was_never_looked_at() -> None:
    assert is_scanned(facts(SCAN))
    assert not is_scanned(facts({"findings": []}))
    assert not is_scanned(facts({}))
