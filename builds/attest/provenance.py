"""The SLSA v1 provenance predicate: from what, by whom and how an image was built.

Workers here are long-lived and shared, so the builder's id claims Build Level 2 and no more.
"""

from __future__ import annotations

from typing import Any

from builds.attest.subject import Facts, stamp
from builds.engine.canonical import digest_of
from builds.engine.purl import purl

PREDICATE_TYPE = "https://slsa.dev/provenance/v1"


def provenance_predicate(facts: Facts, *, architectures: tuple[str, ...]) -> dict[str, Any]:
    """The predicate for an image of `architectures`."""
    return {
        "buildDefinition": {
            "buildType": f"{facts.portal}/docs/build-types/image/v1",
            "externalParameters": {**facts.origin, "spec": facts.spec},
            "internalParameters": {
                "build": facts.build,
                "engine": facts.lock.engine,
                "index-snapshot": facts.lock.snapshot,
                "epoch": facts.lock.epoch,
                "elided": list(facts.lock.elided),
            },
            "resolvedDependencies": _dependencies(facts, architectures),
        },
        "runDetails": {
            "builder": {"id": f"{facts.portal}/docs/builders/shared-worker/slsa-l2"},
            "metadata": {
                "invocationId": f"{facts.portal}/builds/{facts.build}",
                "startedOn": stamp(facts.started_at),
                "finishedOn": stamp(facts.reported_at),
            },
        },
    }


def _dependencies(facts: Facts, architectures: tuple[str, ...]) -> list[dict[str, Any]]:
    found = [_named("lock", facts.lock.digest), _named("spec", digest_of(facts.spec))]
    for name, value in (("plan", facts.lock.plan), ("recipes", facts.lock.recipes)):
        if ":" in value:
            found.append(_named(name, value))
    base = facts.spec.get("base") or {}
    found += [
        {"name": f"base/{one}", "uri": f"pkg:oci/{base['reference']}"} | _digest(value)
        for one, value in sorted((base.get("manifests") or {}).items())
        if one in architectures
    ]
    found += [
        {"uri": purl(package), "digest": {"sha256": package.sha256}}
        for _, package in facts.packages(architectures)
    ]
    return found


def _named(name: str, digest: str) -> dict[str, Any]:
    return {"name": name} | _digest(digest)


def _digest(digest: str) -> dict[str, Any]:
    algorithm, _, value = digest.partition(":")
    return {"digest": {algorithm: value}}
