"""What the manifests of a made catalogue say: indexes of a release's platforms, and the evidence beside them.

Real in form and digest; what they list was never pushed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
#: Artifact type and predicate of what lies beside a release.
EVIDENCE = (
    ("application/spdx+json", "https://spdx.dev/Document"),
    (BUNDLE, "https://sigstore.dev/cosign/sign/v1"),
    (BUNDLE, "https://slsa.dev/provenance/v1"),
)


class Evidence(NamedTuple):
    """A manifest that is about another."""

    content: bytes
    artifact: str
    notes: dict[str, str]


def evidence_about(subject: str) -> Iterator[Evidence]:
    """Bill of materials, signature and provenance of the manifest with that digest."""
    for artifact, predicate in EVIDENCE:
        notes = {"in-toto.io/predicate-type": predicate}
        said = {
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": artifact, "annotations": notes,
            "subject": {"mediaType": INDEX, "digest": subject, "size": 1}, "layers": [],
        }  # fmt: skip
        yield Evidence(json.dumps(said).encode(), artifact, notes)


def index_of(platforms: Mapping[str, Mapping[str, Any]]) -> bytes:
    """An index of one manifest for each architecture."""
    listed = [
        {"mediaType": MANIFEST, "digest": one["digest"], "size": 1000,
         "platform": {"architecture": name, "os": "linux"}}
        for name, one in platforms.items()
    ]  # fmt: skip
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}).encode()


def digest_of(content: bytes) -> str:
    """As the registry names it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
