"""The scan of an image as an in-toto SCAI attribute report v0.2: what was looked for, found, and can be done.

Vulnerabilities are not in it: they change while the bytes do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from builds.attest.subject import Facts

PREDICATE_TYPE = "https://in-toto.io/attestation/scai/attribute-report/v0.2"


def is_scanned(facts: Facts) -> bool:
    """Whether the worker said by which rules it looked; nothing is claimed of what was never looked at."""
    return bool(facts.scan.get("rules"))


def scan_predicate(facts: Facts, *, architectures: tuple[str, ...]) -> dict[str, Any]:
    """The attributes of an image of `architectures`, each under the rules that it was looked for with.

    `NO_MALWARE_FOUND` stands in every report, since an image with malware is never signed; a policy may ask for
    `NO_FINDING`, or that no `CAPABILITY:…` it does not want is there.
    """
    rules = {"rules": str(facts.scan["rules"])}
    attributes = [{"attribute": "NO_MALWARE_FOUND", "conditions": rules}]
    findings = list(_findings(facts, architectures))
    attributes += findings or [{"attribute": "NO_FINDING", "conditions": rules}]
    attributes += [
        {"attribute": f"CAPABILITY:{name}", "conditions": {**rules, "packages": packages}}
        for name, packages in sorted(_capabilities(facts, architectures).items())
    ]
    algorithm, _, digest = rules["rules"].partition(":")
    producer = {
        "uri": f"{facts.portal}/docs/scanners/package-contents",
        "name": f"assay-engine-{facts.lock.engine}",
        "digest": {algorithm: digest},
    }
    return {"attributes": attributes, "producer": producer}


def _findings(facts: Facts, architectures: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for finding in facts.scan.get("findings") or []:
        if finding.get("platform") in architectures:
            yield {
                "attribute": f"FINDING:{finding['rule']}",
                "target": {"name": finding["path"]},
                "conditions": {
                    "rules": str(facts.scan["rules"]),
                    "package": finding["package"],
                    "architecture": finding["platform"],
                },
            }


def _capabilities(facts: Facts, architectures: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for architecture, capabilities in (facts.scan.get("capabilities") or {}).items():
        for name, packages in capabilities.items() if architecture in architectures else ():
            found.setdefault(str(name), set()).update(map(str, packages))
    return {name: sorted(packages) for name, packages in found.items()}
