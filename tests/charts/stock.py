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
    """Entitle acme to the images, publish what charts there are, give their versions and a token for pulling."""
    acme = Tenant.objects.get(slug="acme")
    store = Store(Path(os.environ[STORE]))
    for name, digest in json.loads(os.environ[IMAGES]).items():
        image = offer.offer(image=offer_of(definitions()[name]))
        offer.entitle(tenant=acme, image=image)
        _release(image, digest, store)
    versions = publish_charts()
    user = User.objects.get(email="owner@acme.example")
    _, secret = tokens.issue(user=user, tenant=acme, name="cluster", actions=["pull"])
    return {"charts": {each.chart.name: each.version for each in versions}, "token": secret}


def _release(image: Image, digest: str, store: Store) -> None:
    content = store.read_blob(digest)
    for child in json.loads(content)["manifests"]:
        manifest = store.read_blob(child["digest"])
        said = json.loads(manifest)
        for blob in (said["config"], *said["layers"]):
            chunks = [store.read_blob(blob["digest"])]
            push.store_blob(repository=image.repository, chunks=chunks, expected=Digest.of(chunks[0]))
        push.put_manifest(
            repository=image.repository, content=manifest, media_type=child["mediaType"], actor="tests"
        )
    index = push.put_manifest(repository=image.repository, content=content, media_type=INDEX, actor="tests")
    _record(image, index)


def _record(image: Image, index: Manifest) -> None:
    stream = image.streams.get(is_latest=True)
    unique = f"{stream.name}-202608221000"
    for name in (stream.name, *stream.aliases, unique):
        tags.move(repository=image.repository, name=name, manifest=index, actor="tests")
    Release.objects.create(
        repository=image.repository, stream=stream, digest=index.digest, version=stream.name, unique_tag=unique,
        published_at=datetime(2026, 8, 22, 10, tzinfo=UTC), size=1, platforms={}, spec=stream.spec, lock={},
        tested="passed", test_summary={}, signing_key="platform",
    )  # fmt: skip
