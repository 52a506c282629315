"""Put signatures and attestations beside their subject in a repository, in both forms clients read.

The tags `sha256-<hex>.sig` and `.att` for cosign up to 2.5, and referrers for everyone since. Bytes depend
only on what is signed, by which key and the given time: storing the same twice adds nothing.
Not in charge of what is claimed: see `builds.attest`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from builds.signing import forms
from builds.signing.key import Signer
from registry.models import Repository
from registry.push import put_manifest, store_blob

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
PREDICATE_ANNOTATION = "in-toto.io/predicate-type"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is signed: the descriptor of an index or of one platform's manifest."""

    digest: str
    media_type: str
    size: int

    @property
    def descriptor(self) -> dict[str, Any]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}

    def tag(self, suffix: str) -> str:
        return f"{self.digest.replace(':', '-')}.{suffix}"


@dataclass(frozen=True, slots=True)
class Claim:
    """A predicate about a subject, under the URI of its type."""

    predicate_type: str
    predicate: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where evidence of one signing job is stored, and the time and actor it carries."""

    repository: Repository
    at: datetime
    actor: str = "signer"

    def put_blob(self, content: bytes, media_type: str, annotations: Mapping[str, str] | None = None) -> Any:
        """Store bytes; give their descriptor."""
        blob = store_blob(repository=self.repository, chunks=[content])
        descriptor: dict[str, Any] = {"mediaType": media_type, "digest": blob.digest, "size": len(content)}
        return descriptor if annotations is None else descriptor | {"annotations": dict(annotations)}

    def put_manifest(self, manifest: Mapping[str, Any], tag: str | None = None) -> None:
        put_manifest(
            repository=self.repository,
            content=forms.compact(manifest),
            media_type=MANIFEST_TYPE,
            tag=tag,
            actor=self.actor,
        )


def put_signature(shelf: Shelf, *, subject: Subject, reference: str, signers: Sequence[Signer]) -> None:
    """Write the `.sig` tag: one layer per key over one payload."""
    payload = forms.simple_payload(reference=reference, digest=subject.digest)
    layers = [
        shelf.put_blob(
            payload,
            forms.SIMPLE_SIGNING_TYPE,
            {"dev.cosignproject.cosign/signature": forms.b64(signer.sign(payload))},
        )
        for signer in signers
    ]
    _put_layers(shelf, layers, subject.tag("sig"))


def put_attestations(shelf: Shelf, *, subject: Subject, claims: Iterable[Claim], signer: Signer) -> None:
    """Write the `.att` tag: one DSSE envelope a layer."""
    layers = []
    for claim in claims:
        content = forms.compact(forms.envelope(statement_of(subject, claim), signer))
        annotations = {"dev.cosignproject.cosign/signature": "", "predicateType": claim.predicate_type}
        layers.append(shelf.put_blob(content, forms.ENVELOPE_TYPE, annotations))
    _put_layers(shelf, layers, subject.tag("att"))


def put_bundle(shelf: Shelf, *, subject: Subject, claim: Claim, signer: Signer) -> None:
    """Write a Sigstore bundle as a referrer of the subject."""
    content = forms.bundle(forms.envelope(statement_of(subject, claim), signer), signer)
    annotations = {
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": claim.predicate_type,
        PREDICATE_ANNOTATION: claim.predicate_type,
    }
    put_referrer(
        shelf, subject=subject, content=content, artifact_type=forms.BUNDLE_TYPE, annotations=annotations
    )


def put_referrer(
    shelf: Shelf,
    *,
    subject: Subject,
    content: bytes,
    artifact_type: str,
    annotations: Mapping[str, str] | None = None,
) -> None:
    """Write one document as a referrer whose only layer holds the exact bytes."""
    shelf.put_manifest(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "artifactType": artifact_type,
            "config": shelf.put_blob(b"{}", EMPTY_TYPE),
            "layers": [shelf.put_blob(content, artifact_type)],
            "subject": subject.descriptor,
            "annotations": {
                "org.opencontainers.image.created": shelf.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                **(annotations or {}),
            },
        }
    )


def statement_of(subject: Subject, claim: Claim) -> bytes:
    """The bytes that are signed for a claim; also served as they are."""
    return forms.statement(
        digest=subject.digest, predicate_type=claim.predicate_type, predicate=claim.predicate
    )


def _put_layers(shelf: Shelf, layers: Sequence[Mapping[str, Any]], tag: str) -> None:
    config = {
        "architecture": "",
        "os": "",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
    }
    shelf.put_manifest(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": shelf.put_blob(forms.compact(config), CONFIG_TYPE),
            "layers": list(layers),
        },
        tag,
    )
