"""Signatures of the platform's charts: what gets one, and what does not."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.utils import timezone

from builds.sign_charts import sign_charts
from builds.signing import forms, ring
from catalog import offer
from catalog.charts.publish import publish_charts
from catalog.charts.taking import take_chart
from catalog.models import ChartVersion
from registry import contents, tags, visibility
from registry.models import Blob, Manifest
from tests.catalog import world
from tests.catalog.charts.archives import packed


@pytest.fixture(autouse=True)
def _own_places(settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path / "storage"
    settings.SIGNING_ROOT = tmp_path / "signing"


@pytest.fixture
def nginx(acme) -> ChartVersion:
    image = world.image("nginx", is_free=False, stream="1.28")
    offer.entitle(tenant=acme, image=image)
    world.released(image.streams.get())
    (version,) = publish_charts()
    return version


def test_a_published_chart_is_signed_as_images_are(nginx, acme):
    assert sign_charts() == 1
    nginx.refresh_from_db()
    (key,) = ring.public_keys(None)
    assert nginx.signing_key == key.hint
    view = visibility.find(tenant=acme, name="charts/nginx")
    companion = view.tag(f"{nginx.digest.replace(':', '-')}.sig")
    (layer,) = json.loads(bytes(companion.content))["layers"]
    payload = contents.read(Blob.objects.get(digest=layer["digest"]))
    assert json.loads(payload)["critical"]["image"]["docker-manifest-digest"] == nginx.digest
    signature = base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"])
    public = load_pem_public_key(key.pem)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, payload, ec.ECDSA(hashes.SHA256()))
    assert (
        Manifest.objects.filter(
            artifact_type=forms.BUNDLE_TYPE, repository_links__subject=nginx.digest
        ).count()
        == 1
    )
    assert view.tags() == [nginx.version]


def test_signing_again_adds_nothing(nginx):
    sign_charts()
    before = Manifest.objects.count()
    assert sign_charts() == 0
    ChartVersion.objects.update(signing_key="")
    assert (sign_charts(), Manifest.objects.count()) == (1, before)


def test_what_the_registry_has_under_another_digest_is_not_signed(nginx):
    repository = nginx.chart.repository
    tags.move(
        repository=repository,
        name=nginx.version,
        manifest=world.pushed(repository, content=b"other"),
        actor="x",
    )
    assert sign_charts() == 0
    assert not Manifest.objects.filter(artifact_type=forms.BUNDLE_TYPE).exists()


def test_versions_that_the_registry_never_had_keep_no_other_waiting(nginx, monkeypatch):
    monkeypatch.setattr("builds.sign_charts.MOST", 1)
    ChartVersion.objects.create(
        chart=nginx.chart, version="9.9.9", digest="sha256:" + "0" * 64, published_at=timezone.now()
    )
    assert sign_charts() == 1


def test_a_tenants_own_chart_is_not_ours_to_sign(nginx, acme, alice):
    take_chart(tenant=acme, content=packed(), actor=alice)
    assert sign_charts() == 1
    assert ChartVersion.objects.get(chart__name="shop").signing_key == ""
