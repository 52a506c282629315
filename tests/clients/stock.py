"""What the portal offers to real clients. Runs in a process of that portal: see `Portal.call`."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import tarfile
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from builds.sign_charts import sign_charts
from builds.signing import forms, ring
from builds.signing.store import Claim, Shelf, Subject, put_bundle, put_referrer, put_signature
from catalog import free, offer
from catalog.charts.publish import publish_charts
from registry import push, tags
from registry.digest import Digest
from registry.models import Manifest, Repository
from tenants import onboarding, tokens
from tenants.models import AccessToken, Tenant, User
from tests.catalog import world
from tests.conformance.stock import attach

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
#: Prints what only a program that really ran can know: the sum of 1 to n.
PROGRAM = """
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **words) {
    int sum = 0;
    for (int n = 1; n <= (count > 1 ? atoi(words[1]) : 100); n++) sum += n;
    printf("the sum is %d\\n", sum);
    return 0;
}
"""


def publish() -> dict[str, Any]:
    """Publishes `adder` (an image that runs) and the nginx chart, entitles acme alone, and gives digests."""
    acme = Tenant.objects.get(slug="acme")
    adder = world.image("adder", is_free=False)
    offer.entitle(tenant=acme, image=adder)
    digest = _runnable(adder.repository)
    nginx = world.image("nginx", is_free=False)
    offer.entitle(tenant=acme, image=nginx)
    older = world.released(nginx.streams.get(), content=b"older")
    before = publish_charts()[0]
    release = world.released(nginx.streams.get())
    chart = publish_charts()[0]
    sign_charts()
    return {
        "adder": digest,
        "note": attach(adder.repository, digest),
        "key": _sign(adder.repository, digest),
        "nginx": release.digest,
        "nginx-before": older.digest,
        "before": {"version": before.version, "digest": before.digest},
        "chart": {"version": chart.version, "digest": chart.digest},
        "tokens": _tokens(acme),
    }


def name_acme() -> str:
    """Gives acme a host name of its own."""
    acme = Tenant.objects.get(slug="acme")
    return onboarding.add_hostname(tenant=acme, name="registry.acme.example").name


def _sign(repository: Repository, digest: str) -> str:
    """Signs an image with the platform's key, in both forms; gives the public key as PEM."""
    manifest = Manifest.objects.get(digest=digest)
    subject = Subject(digest, manifest.media_type, manifest.size)
    shelf, key = Shelf(repository, timezone.now()), ring.signing_key(None)
    put_signature(shelf, subject=subject, reference=repository.name, signers=[key])
    put_bundle(shelf, subject=subject, claim=Claim(forms.SIGNED_IMAGE, {}), signer=key)
    return key.public_key.pem.decode()


def _tokens(acme: Tenant) -> dict[str, str]:
    """Secrets of acme's owner: one that may only pull, one that has expired, one that was revoked."""
    user = User.objects.get(email="owner@acme.example")
    found = {
        name: tokens.issue(user=user, tenant=acme, name=name, actions=["pull"])[1]
        for name in ("pull", "expired", "revoked")
    }
    ended = AccessToken.unscoped.filter(name="expired")
    ended.update(expires_at=timezone.now() - timedelta(seconds=1))
    tokens.revoke(token=AccessToken.unscoped.get(name="revoked"), actor=user)
    return found


def _runnable(repository: Repository) -> str:
    """Pushes an index of one image whose only file is a static program; gives the index's digest."""
    plain = _layer()
    layer = gzip.compress(plain, mtime=0)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Entrypoint": ["/adder"], "User": "65532:65532", "WorkingDir": "/"},
            "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(plain))]},
        }
    ).encode()
    for blob in (layer, config):
        push.store_blob(repository=repository, chunks=[blob])
    image = {"config": _descriptor(world.CONFIG, config), "layers": [_descriptor(LAYER, layer)]}
    child = _manifest(repository, world.MANIFEST, image)
    platform = {"architecture": "amd64", "os": "linux"}
    listed = {"manifests": [{**_descriptor(world.MANIFEST, child), "platform": platform}]}
    index = _manifest(repository, world.INDEX, listed)
    manifest = repository.manifest_links.get(manifest__digest=str(Digest.of(index))).manifest
    for name in ("1", "latest"):
        tags.move(repository=repository, name=name, manifest=manifest, actor="tests")
    return manifest.digest


def _manifest(repository: Repository, media_type: str, body: dict[str, Any]) -> bytes:
    content = json.dumps({"schemaVersion": 2, "mediaType": media_type, **body}).encode()
    push.put_manifest(repository=repository, content=content, media_type=media_type, actor="tests")
    return content


def _layer() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        program = Path(name) / "adder"
        compile_ = ["gcc", "-Os", "-static", "-x", "c", "-", "-o", str(program)]
        subprocess.run(compile_, input=PROGRAM.encode(), check=True)
        content = program.read_bytes()
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo("adder")
        entry.mode, entry.size = 0o755, len(content)
        tar.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content)}


def open_to_everyone() -> dict[str, str]:
    """Opens the free tier with `gratis`: its latest is signed and has a bill of materials, an older one is behind it."""
    gratis = world.image("gratis", is_free=True)
    older = world.released(gratis.streams.get(), content=b"older").digest
    latest = _runnable(gratis.repository)
    key = _sign(gratis.repository, latest)
    manifest = Manifest.objects.get(digest=latest)
    document = json.dumps({"spdxVersion": "SPDX-2.3", "name": "gratis"}).encode()
    put_referrer(
        Shelf(gratis.repository, timezone.now()),
        subject=Subject(latest, manifest.media_type, manifest.size),
        content=document,
        artifact_type="application/spdx+json",
    )
    web = world.image("nginx")
    world.released(web.streams.get())
    free.open_tier(actor="tests")
    publish_charts()
    return {"older": older, "latest": latest, "key": key, "sbom": document.decode()}
