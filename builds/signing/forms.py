"""The byte forms that verifiers read: simple signing payload, DSSE envelope, Sigstore bundle v0.3.

Pure functions of bytes; not in charge of storing anything (`builds.signing.store`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from builds.signing.key import Signer

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
ENVELOPE_TYPE = "application/vnd.dsse.envelope.v1+json"
SIMPLE_SIGNING_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json"
#: Predicate of the bundle that approves an image: cosign 3's form of a plain signature.
SIGNED_IMAGE = "https://sigstore.dev/cosign/sign/v1"


def compact(value: Any) -> bytes:
    """JSON without blanks, keys sorted: one spelling for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def simple_payload(*, reference: str, digest: str) -> bytes:
    """The payload of a cosign signature (container signature format): what digest, under what name."""
    return compact(
        {
            "critical": {
                "identity": {"docker-reference": reference},
                "image": {"docker-manifest-digest": digest},
                "type": "cosign container image signature",
            },
            "optional": None,
        }
    )


def statement(*, digest: str, predicate_type: str, predicate: Mapping[str, Any], name: str = "") -> bytes:
    """An in-toto statement v1 about one digest, strictly with the fields of its specification."""
    algorithm, _, encoded = digest.partition(":")
    subject: dict[str, Any] = {"digest": {algorithm: encoded}}
    if name:
        subject["name"] = name
    return compact(
        {
            "_type": STATEMENT_TYPE,
            "subject": [subject],
            "predicateType": predicate_type,
            "predicate": predicate,
        }
    )


def pre_authentication(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """DSSE v1's PAE: the bytes that are signed in place of the payload."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope(payload: bytes, signer: Signer) -> dict[str, Any]:
    """A DSSE envelope with exactly one signature."""
    signature = signer.sign(pre_authentication(payload))
    return {
        "payload": b64(payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": "", "sig": b64(signature)}],
    }


def bundle(envelope_value: Mapping[str, Any], signer: Signer) -> bytes:
    """A Sigstore bundle v0.3 around an envelope, with the public key's hint and no log entry."""
    [signature] = envelope_value["signatures"]
    return compact(
        {
            "mediaType": BUNDLE_TYPE,
            "verificationMaterial": {"publicKey": {"hint": signer.public_key.hint}},
            "dsseEnvelope": {**envelope_value, "signatures": [{"sig": signature["sig"]}]},
        }
    )
