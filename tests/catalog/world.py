"""Catalogue rows for tests: images with really pushed, tagged and released manifests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from catalog import shelf
from catalog.models import Image, Release, VersionStream
from catalog.offer import ImageOffer, StreamOffer, offer
from registry import push, tags
from registry.digest import Digest
from registry.models import Manifest, Repository

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
SPEC: dict[str, Any] = {"suite": "trixie", "packages": ["libc6"], "entrypoint": ["/bin/true"]}


def image(
    name: str = "python", *, is_free: bool = True, stream: str = "3.13", category: str = "language"
) -> Image:
    return offer(
        image=ImageOffer(
            name=name,
            title=name.capitalize(),
            summary=f"The {name} image.",
            category=category,
            is_free=is_free,
            replaces=(f"docker.io/library/{name}",),
            streams=(StreamOffer(name=stream, spec=SPEC, aliases=("3", "latest"), is_latest=True),),
        )
    )


def pushed(
    repository: Repository,
    *,
    content: bytes = b"one layer",
    tag: str | None = None,
    below: tuple[bytes, ...] = (),
) -> Manifest:
    """A one-platform index, pushed for real; `content` is its top layer, upon those `below`."""
    config = json.dumps({"architecture": "amd64", "os": "linux", "x": content.decode("latin-1")}).encode()
    for blob in (config, content, *below):
        push.store_blob(repository=repository, chunks=[blob], expected=Digest.of(blob))
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(CONFIG, config),
            "layers": [
                _descriptor("application/vnd.oci.image.layer.v1.tar", one) for one in (*below, content)
            ],
        }
    ).encode()
    push.put_manifest(repository=repository, content=manifest, media_type=MANIFEST, actor="tests")
    platform = {"architecture": "amd64", "os": "linux"}
    index = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [{**_descriptor(MANIFEST, manifest), "platform": platform}],
        }
    ).encode()
    return push.put_manifest(repository=repository, content=index, media_type=INDEX, tag=tag, actor="tests")


def released(
    stream: VersionStream,
    *,
    lock: dict[str, Any] | None = None,
    content: bytes = b"one layer",
    below: tuple[bytes, ...] = (),
    config: dict[str, Any] | None = None,
) -> Release:
    """A release of `stream` with its moving, alias and unique tags, as publishing leaves them."""
    repository = stream.image.repository
    number = stream.releases.count()
    unique = f"{stream.name}-2026082210{number:02d}"
    manifest = pushed(repository, content=content, below=below)
    _tag(stream, manifest, unique)
    child = json.loads(bytes(manifest.content))["manifests"][0]
    release = Release.objects.create(
        repository=repository,
        stream=stream,
        digest=manifest.digest,
        version=f"3.13.{number}",
        unique_tag=unique,
        published_at=datetime(2026, 8, 22, 10, number, tzinfo=UTC),
        size=40_000_000,
        platforms={
            "amd64": {
                "digest": child["digest"],
                "size": child["size"],
                "layers": [{"digest": str(Digest.of(one)), "size": len(one)} for one in (*below, content)],
                "config": config or {},
            }
        },
        spec=stream.spec,
        lock=lock or {},
        tested="passed",
        test_summary={"passed": 5, "total": 5, "architectures": ["amd64"], "runner": "runc"},
        signing_key="platform",
    )
    shelf.note(stream.image)
    return release


def _tag(stream: VersionStream, manifest: Manifest, unique: str) -> None:
    """Move its tags there, and write the one that never moves."""
    follows = tags.Follows(stream.name, stream.eol_on)
    for name in (stream.name, *stream.aliases, unique):
        tags.move(
            repository=stream.image.repository,
            name=name,
            manifest=manifest,
            actor="tests",
            is_immutable=name == unique,
            follows=follows,
        )


def attach(
    repository: Repository,
    subject: str,
    document: bytes,
    artifact_type: str,
    annotations: dict[str, str] | None = None,
) -> Manifest:
    """A document beside the manifest with the digest `subject`, as signing leaves it."""
    empty = b"{}"
    for blob in (empty, document):
        push.store_blob(repository=repository, chunks=[blob], expected=Digest.of(blob))
    about = Manifest.objects.get(repository_links__repository=repository, digest=subject)
    content = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": artifact_type,
        "config": _descriptor("application/vnd.oci.empty.v1+json", empty),
        "layers": [_descriptor(artifact_type, document)],
        "subject": {"mediaType": INDEX, "digest": subject, "size": about.size},
        "annotations": annotations or {},
    }
    return push.put_manifest(
        repository=repository, content=json.dumps(content).encode(), media_type=MANIFEST, actor="tests"
    )


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content)}
