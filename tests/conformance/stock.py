"""What a portal under test holds. Runs in a process of that portal: see `Portal.call`."""

from __future__ import annotations

import json
from typing import Any

from catalog import offer
from registry import push
from registry.digest import Digest
from tenants import onboarding, tokens
from tenants.models import Tenant, User
from tests.catalog import world

EMPTY = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": str(Digest.of(b"{}")), "size": 2}


def tenants() -> dict[str, str]:
    """Makes acme and beta; gives the secret of a token that may pull and push, by tenant."""
    found = {}
    for slug in ("acme", "beta"):
        mail = f"owner@{slug}.example"
        tenant = onboarding.create_tenant(
            slug=slug, name=slug.title(), actor="tests", owner_email=mail, owner_password="a long test one 1"
        )
        user = User.objects.get(email=mail)
        found[slug] = tokens.issue(user=user, tenant=tenant, name="tests", actions=["pull", "push"])[1]
    return found


def released_to_acme() -> dict[str, Any]:
    """Publishes an image with a referrer, entitles acme to it, and gives what read-only clients look for."""
    image = world.image("python", is_free=False)
    release = world.released(image.streams.get())
    offer.entitle(tenant=Tenant.objects.get(slug="acme"), image=image)
    referrer = attach(image.repository, release.digest)
    platform = release.platforms["amd64"]["digest"]
    blobs = image.repository.blob_links.exclude(blob__digest=EMPTY["digest"])
    return {
        "tags": list(image.repository.tags.values_list("name", flat=True)),
        "manifests": [release.digest, platform, referrer],
        "blobs": list(blobs.values_list("blob__digest", flat=True)),
        "referrers": [release.digest],
    }


def attach(repository: Any, subject: str) -> str:
    """Attaches a small artifact to an image; gives the artifact's digest."""
    push.store_blob(repository=repository, chunks=[b"{}"])
    size = repository.manifest_links.get(manifest__digest=subject).manifest.size
    content = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": world.MANIFEST,
            "artifactType": "application/vnd.example.note",
            "config": EMPTY,
            "layers": [EMPTY],
            "subject": {"mediaType": world.INDEX, "digest": subject, "size": size},
        }
    ).encode()
    kept = push.put_manifest(repository=repository, content=content, media_type=world.MANIFEST, actor="tests")
    return kept.digest
