"""What the measured portal holds. Runs in a process of that portal: see `Portal.call`."""

from __future__ import annotations

import json
import os
from typing import Any

from catalog import offer
from registry import push, storage, tags
from registry.digest import Digest
from registry.models import Blob, Tag
from tenants.models import Tenant
from tests.catalog import world

TAGS = 1000
LAYER = "application/vnd.oci.image.layer.v1.tar"


def publish() -> dict[str, Any]:
    """Publishes `big`, an image with one layer of 10 MB and 1,001 tags, to acme by a grant."""
    image = world.image("big", is_free=False)
    offer.entitle(tenant=Tenant.objects.get(slug="acme"), image=image)
    repository = image.repository
    config = b'{"architecture":"amd64","os":"linux"}'
    layer = os.urandom(10_000_000)
    for blob in (config, layer):
        push.store_blob(repository=repository, chunks=[blob])
    body = {
        "schemaVersion": 2,
        "mediaType": world.MANIFEST,
        "config": _descriptor(world.CONFIG, config),
        "layers": [_descriptor(LAYER, layer)],
    }
    manifest = push.put_manifest(
        repository=repository, content=json.dumps(body).encode(), media_type=world.MANIFEST, actor="bench"
    )
    tags.move(repository=repository, name="latest", manifest=manifest, actor="bench")
    names = [f"1.{number}" for number in range(TAGS)]
    Tag.objects.bulk_create([Tag(repository=repository, name=one, manifest=manifest) for one in names])
    stored = Blob.objects.get(digest=str(Digest.of(layer)))
    return {
        "tag": "latest",
        "tags": names,
        "digest": manifest.digest,
        "blob": stored.digest,
        "file": str(storage.current().path(stored.storage_key)),
    }


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content)}
