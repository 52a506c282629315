"""Sign the platform's charts. Runs in the signer, which alone reads private keys.

It is told nothing: what is signed are versions that the catalogue says it published, and only where the registry has
that digest under that version's tag. The same forms as an image's signature, so that one `cosign verify` serves both.
Signing twice writes the same bytes. Not in charge of tenants' own charts, which we did not make.
"""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import Exists, OuterRef

from builds.signing import forms, ring
from builds.signing.store import Claim, Shelf, Subject, put_bundle, put_signature
from catalog.charts.store import tag_of
from catalog.models import ChartVersion
from registry.models import Tag

logger = logging.getLogger(__name__)
#: Signed at once; the rest at the next tick.
MOST = 50


def sign_charts() -> int:
    """Sign what has no signature yet; how many were."""
    here = Tag.objects.filter(repository=OuterRef("chart__repository"), manifest__digest=OuterRef("digest"))
    waiting = ChartVersion.objects.filter(Exists(here), chart__repository__tenant=None, signing_key="")
    found = waiting.select_related("chart__repository").only("digest", "version", "published_at", "chart")
    return sum(_sign(version) for version in found.order_by("-published_at", "-pk")[:MOST])


@transaction.atomic
def _sign(version: ChartVersion) -> bool:
    repository = version.chart.repository
    tag = Tag.objects.filter(repository=repository, name=tag_of(version.version)).select_related("manifest")
    found = tag.first()
    if found is None or found.manifest.digest != version.digest:
        logger.warning("%s %s is not what the registry has", repository.name, version.version)
        return False
    manifest = found.manifest
    signer = ring.signing_key(None)
    shelf = Shelf(repository, version.published_at)
    subject = Subject(manifest.digest, manifest.media_type, manifest.size)
    put_bundle(shelf, subject=subject, claim=Claim(forms.SIGNED_IMAGE, {}), signer=signer)
    put_signature(shelf, subject=subject, reference=repository.name, signers=[signer])
    ChartVersion.objects.filter(pk=version.pk).update(signing_key=signer.public_key.hint)
    return True
