"""What the measured portal holds. Runs in a process of that portal: see `Portal.call`."""

from __future__ import annotations

import json
import os
from typing import Any

from django.utils import timezone

from catalog import offer
from registry import collect, grants, push, storage, tags
from registry.digest import Digest
from registry.models import Blob, Manifest, Repository, RepositoryManifest, Tag
from tenants.models import Tenant
from tests.catalog import world

TAGS = 1000
REFERRERS = 3
LITTER = 50
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
    for number in range(REFERRERS):
        _attach(repository, manifest, number)
    _few_and_many(manifest)
    return {
        "tag": "latest",
        "tags": names,
        "digest": manifest.digest,
        "referrers": list(
            repository.manifest_links.exclude(subject="").values_list("manifest__digest", flat=True)
        ),
        "blob": stored.digest,
        "file": str(storage.current().path(stored.storage_key)),
    }


def litter_and_collect() -> int:
    """Makes blobs that nothing needs, as if a day had passed, and collects; how many blobs were removed."""
    repository, _ = Repository.objects.get_or_create(name="litter")
    long_ago = timezone.now() - 2 * collect.GRACE
    for _ in range(LITTER):
        push.store_blob(repository=repository, chunks=[os.urandom(1000)])
    repository.blob_links.update(pinned_until=long_ago)
    collect.collect()
    Blob.objects.filter(repository_links=None).update(unreferenced_at=long_ago)
    return collect.collect().blobs


def _attach(repository: Repository, subject: Manifest, number: int) -> None:
    """A small artifact about an image, as a signature is."""
    content = b'{"note": %d}' % number
    for blob in (b"{}", content):
        push.store_blob(repository=repository, chunks=[blob])
    body = {
        "schemaVersion": 2,
        "mediaType": world.MANIFEST,
        "artifactType": "application/vnd.example.note",
        "config": _descriptor("application/vnd.oci.empty.v1+json", b"{}"),
        "layers": [_descriptor("application/json", content)],
        "subject": {"mediaType": subject.media_type, "digest": subject.digest, "size": subject.size},
    }
    push.put_manifest(
        repository=repository, content=json.dumps(body).encode(), media_type=world.MANIFEST, actor="bench"
    )


def _few_and_many(manifest: Manifest) -> None:
    """Repositories of 10 and of 50,000 tags, granted to acme."""
    tenant = Tenant.objects.get(slug="acme")
    for name, total in (("few", 10), ("many", 50_000)):
        repository = Repository.objects.create(name=name)
        RepositoryManifest.objects.create(repository=repository, manifest=manifest)
        rows = [Tag(repository=repository, name=f"v{one:05}", manifest=manifest) for one in range(total)]
        Tag.objects.bulk_create(rows, batch_size=5000)
        grants.grant(tenant=tenant, repository=repository, name=name)


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content)}
