"""Puts really built images into a portal and publishes their charts. Runs in a process of that portal."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from builds.engine.store import Store
from builds.starter.definitions import definitions
from builds.starter.stock import offer_of
from catalog import offer
from catalog.charts.publish import publish_charts
from catalog.models import Image, Release
from registry import push, tags
from registry.digest import Digest
from registry.models import Manifest
from tenants import tokens
from tenants.models import Tenant, User
from tests.charts import IMAGES, STORE

INDEX = "application/vnd.oci.image.index.v1+json"


def publish() -> dict[str, Any]:
    """Entitle acme to the images, publish them and their charts twice; versions, digests, and a token for pulling."""
    acme = Tenant.objects.get(slug="acme")
    store = Store(Path(os.environ[STORE]))
    images: dict[str, str] = json.loads(os.environ[IMAGES])
    for name in images:
        offer.entitle(tenant=acme, image=offer.offer(image=offer_of(definitions()[name])))
    found = [_published(images, store, day) for day in (22, 23)]
    user = User.objects.get(email="owner@acme.example")
    _, secret = tokens.issue(user=user, tenant=acme, name="cluster", actions=["pull"])
    return {"old": found[0], "new": found[1], "token": secret}


def _published(images: dict[str, str], store: Store, day: int) -> dict[str, dict[str, str]]:
    """Release each image, on another day as another index, and the charts that pin it."""
    for name, digest in images.items():
        _release(Image.objects.get(name=name), digest, store, day)
    return {
        each.chart.name: {"version": each.version, "digest": each.images[0]["digest"]}
        for each in publish_charts()
    }


def _release(image: Image, digest: str, store: Store, day: int) -> None:
    said = json.loads(store.read_blob(digest))
    for child in said["manifests"]:
        manifest = store.read_blob(child["digest"])
        _push_parts(image, json.loads(manifest), store)
        push.put_manifest(
            repository=image.repository, content=manifest, media_type=child["mediaType"], actor="tests"
        )
    content = json.dumps({**said, "annotations": {"day": str(day)}}).encode()
    index = push.put_manifest(repository=image.repository, content=content, media_type=INDEX, actor="tests")
    _record(image, index, datetime(2026, 8, day, 10, tzinfo=UTC))


def _push_parts(image: Image, manifest: dict[str, Any], store: Store) -> None:
    for blob in (manifest["config"], *manifest["layers"]):
        content = store.read_blob(blob["digest"])
        push.store_blob(repository=image.repository, chunks=[content], expected=Digest.of(content))


def _record(image: Image, index: Manifest, at: datetime) -> None:
    stream = image.streams.get(is_latest=True)
    unique = f"{stream.name}-{at:%Y%m%d%H%M}"
    for name in (stream.name, *stream.aliases, unique):
        tags.move(repository=image.repository, name=name, manifest=index, actor="tests")
    Release.objects.create(
        repository=image.repository, stream=stream, digest=index.digest, version=stream.name, unique_tag=unique,
        published_at=at, size=1, platforms={}, spec=stream.spec, lock={},
        tested="passed", test_summary={}, signing_key="platform",
    )  # fmt: skip
