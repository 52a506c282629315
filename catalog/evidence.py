"""The evidence of a released digest, as the bytes that were stored: SBOM, provenance, tests, scan, signature.

Not in charge of rights: the caller has found `digest` through a view of the repository first.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from registry import contents
from registry.models import Blob, Manifest, Repository

SPDX_TYPE = "application/spdx+json"
STATEMENT_TYPE = "application/vnd.in-toto+json"
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_PREDICATE = "in-toto.io/predicate-type"


class NoEvidence(LookupError):
    """There is no evidence of that kind for this digest."""

    code = "evidence-unknown"

    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no {kind} for this digest.")


@dataclass(frozen=True, slots=True)
class _Kind:
    predicate: str
    #: Artifact type under which the bare document is stored; "" where only the signed form exists.
    bare: str


KINDS = {
    "sbom": _Kind("https://spdx.dev/Document", SPDX_TYPE),
    "provenance": _Kind("https://slsa.dev/provenance/v1", STATEMENT_TYPE),
    "test-result": _Kind("https://in-toto.io/attestation/test-result/v0.1", STATEMENT_TYPE),
    "scan": _Kind("https://in-toto.io/attestation/scai/attribute-report/v0.2", STATEMENT_TYPE),
    "signature": _Kind("https://sigstore.dev/cosign/sign/v1", ""),
}
ENVELOPES = ("none", "dsse", "bundle")


def find(repository: Repository, digest: str, kind: str, envelope: str = "none") -> bytes:
    """The stored bytes of the newest evidence of `kind` about `digest`. Raises NoEvidence.

    `envelope` is "none" (the document itself), "dsse" or "bundle". A signature has no bare form: it is
    its bundle.
    """
    wanted = KINDS.get(kind)
    if wanted is None or envelope not in ENVELOPES:
        raise NoEvidence(kind)
    is_bare = envelope == "none" and bool(wanted.bare)
    if envelope == "dsse":
        return _envelope(repository, digest, kind, wanted)
    artifact_type = wanted.bare if is_bare else BUNDLE_TYPE
    for manifest in _referrers(repository, digest, artifact_type):
        if artifact_type == SPDX_TYPE or manifest.annotations.get(_PREDICATE) == wanted.predicate:
            return _layers(repository, manifest)[0]
    raise NoEvidence(kind)


def _referrers(repository: Repository, digest: str, artifact_type: str) -> list[Manifest]:
    found = Manifest.objects.filter(
        artifact_type=artifact_type,
        repository_links__repository=repository,
        repository_links__subject=digest,
    )
    return list(found.order_by("-repository_links__pushed_at", "-pk"))


def _envelope(repository: Repository, digest: str, kind: str, wanted: _Kind) -> bytes:
    """The layer of the `.att` tag whose statement has the wanted predicate."""
    tagged = Manifest.objects.filter(
        tags__repository=repository, tags__name=f"{digest.replace(':', '-')}.att"
    ).first()
    for content in _layers(repository, tagged) if tagged else []:
        statement: dict[str, Any] = json.loads(base64.b64decode(json.loads(content)["payload"]))
        if statement["predicateType"] == wanted.predicate:
            return content
    raise NoEvidence(kind)


def _layers(repository: Repository, manifest: Manifest) -> list[bytes]:
    digests = [layer["digest"] for layer in json.loads(bytes(manifest.content))["layers"]]
    blobs = {
        blob.digest: blob
        for blob in Blob.objects.filter(
            digest__in=digests, state=Blob.State.LIVE, repository_links__repository=repository
        )
    }
    return [contents.read(blobs[digest]) for digest in digests if digest in blobs]
