"""What the conformance cases push, kind by kind: images, indexes, artifacts, and their oddities.

Made afresh with every call, so that no two cases share a blob. Knows nothing of how it is sent.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from registry import media

CONFIG = "application/vnd.oci.image.config.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
LAYER_ELSEWHERE = "application/vnd.oci.image.layer.nondistributable.v1.tar"
ARTIFACT, OTHER_ARTIFACT = "application/vnd.example.first.v1", "application/vnd.example.second.v1"


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


@dataclass
class Content:
    """Blobs and manifests by digest; manifests in the order in which they can be pushed."""

    algorithm: str = "sha256"
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    #: Descriptors that a list of referrers must hold, by subject.
    referrers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def blob(self, content: bytes | None = None, media_type: str = LAYER, **more: Any) -> dict[str, Any]:
        content = secrets.token_bytes(300) if content is None else content
        digest = digest_of(content, self.algorithm)
        self.blobs[digest] = content
        return {"mediaType": media_type, "digest": digest, "size": len(content), **more}

    def image(self, layers: list[dict[str, Any]] | None = None, tag: str = "", **more: Any) -> dict[str, Any]:
        """An image of two layers, or of these; gives its descriptor."""
        found = [self.blob(), self.blob()] if layers is None else layers
        settings = {"architecture": "amd64", "os": "linux", "made": secrets.token_hex(8)}
        body = {"config": self.blob(json.dumps(settings).encode(), CONFIG), "layers": found}
        return self._manifest(media.OCI_MANIFEST, tag, {**body, **more})

    def artifact(self, artifact_type: str = ARTIFACT, tag: str = "", **more: Any) -> dict[str, Any]:
        body = {
            "artifactType": artifact_type,
            "config": self.blob(b"{}", EMPTY),
            "layers": [self.blob(media_type=artifact_type)],
            "annotations": {"org.example.note": secrets.token_hex(8)},
        }
        return self._manifest(media.OCI_MANIFEST, tag, {**body, **more})

    def index(self, *listed: dict[str, Any], tag: str = "", **more: Any) -> dict[str, Any]:
        return self._manifest(media.OCI_INDEX, tag, {"manifests": list(listed), **more})

    def _manifest(self, media_type: str, tag: str, body: dict[str, Any]) -> dict[str, Any]:
        content = json.dumps({"schemaVersion": 2, "mediaType": media_type, **body}).encode()
        digest = digest_of(content, self.algorithm)
        self.manifests[digest] = content
        if tag:
            self.tags[tag] = digest
        described = {"mediaType": media_type, "digest": digest, "size": len(content)}
        if "subject" in body:
            kind = body.get("artifactType") or body["config"]["mediaType"]
            entry = {**described, "artifactType": kind, "annotations": body.get("annotations", {})}
            self.referrers.setdefault(body["subject"]["digest"], []).append(entry)
        return described


def _of_platforms(content: Content, **more: Any) -> dict[str, Any]:
    listed = [
        {**content.image(), "platform": {"os": "linux", "architecture": name}} for name in ("amd64", "arm64")
    ]
    return content.index(*listed, **more)


def _nested(content: Content) -> None:
    content.index(_of_platforms(content), _of_platforms(content), tag="nested")


def _large(content: Content) -> None:
    content.image(tag="large", annotations={f"org.example.{n}": "a" * 10_000 for n in range(390)})


def _referred(content: Content) -> None:
    subject = content.image(tag="image")
    content.image(subject=subject)
    content.artifact(ARTIFACT, tag="first", subject=subject)
    content.artifact(OTHER_ARTIFACT, tag="second", subject=subject)


def _index_referred(content: Content) -> None:
    subject = _of_platforms(content, tag="index")
    note = {"org.example.note": secrets.token_hex(8)}
    content.index(
        content.artifact(), tag="artifact", artifactType=ARTIFACT, annotations=note, subject=subject
    )


def _subject_missing(content: Content) -> None:
    absent = {"mediaType": media.OCI_MANIFEST, "digest": digest_of(b"absent"), "size": 123}
    content.artifact(tag="artifact", subject=absent)


def _with_data(content: Content) -> None:
    small = content.blob(b"small enough to be written out")
    content.image([{**small, "data": "c21hbGwgZW5vdWdoIHRvIGJlIHdyaXR0ZW4gb3V0"}], tag="data")


def _elsewhere(content: Content) -> None:
    absent = digest_of(secrets.token_bytes(9))
    far = {"mediaType": LAYER_ELSEWHERE, "digest": absent, "size": 123_456, "urls": ["https://far.example/x"]}
    zipped = {**far, "mediaType": f"{LAYER_ELSEWHERE}+gzip", "digest": digest_of(secrets.token_bytes(9))}
    content.image([far, zipped, content.blob()], tag="elsewhere")


def _without_layers(content: Content) -> None:
    content.artifact(tag="artifact", layers=[content.blob(b"{}", EMPTY)])


#: What makes each kind of content; the names are those of the Go suite's groups.
KINDS: dict[str, Callable[[Content], object]] = {
    "image": lambda content: content.image(tag="image"),
    "image-uncompressed": lambda content: content.image([content.blob(b"\0" * 10_240)], tag="image"),
    "large-manifest": _large,
    "index": lambda content: _of_platforms(content, tag="index"),
    "nested-index": _nested,
    "empty-index": lambda content: content.index(tag="index"),
    "artifact": lambda content: content.artifact(tag="artifact"),
    "artifact-index": lambda content: content.index(
        content.artifact(), content.artifact(), tag="index", artifactType=ARTIFACT
    ),
    "artifact-without-layers": _without_layers,
    "artifacts-with-subject": _referred,
    "index-with-subject": _index_referred,
    "missing-subject": _subject_missing,
    "data-field": _with_data,
    "non-distributable-layers": _elsewhere,
    "custom-fields": lambda content: _of_platforms(
        content, tag="custom", **{"org.example.unknown": {"a": [1, None]}}
    ),
    "no-layers": lambda content: content.image([], tag="empty"),
    "sha512": _of_platforms,
    "tag-param-sha256": _of_platforms,
    "tag-param-sha512": _of_platforms,
}


def make(kind: str) -> Content:
    content = Content("sha512" if kind.endswith("sha512") else "sha256")
    KINDS[kind](content)
    if kind.startswith("tag-param"):
        for number, digest in enumerate(content.manifests):
            content.tags |= {f"{kind}-{number}": digest, f"{kind}-again-{number}": digest}
    return content
