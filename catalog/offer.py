"""Offers: what the platform puts into the catalogue, and to whom it is promised.

Verbs: `offer` makes or updates an image with its streams and its platform repository, `entitle` promises
an image or chart to a tenant. Not in charge of many at once (`catalog.promises`), of building (floor 3), nor of what
a grant shows (floor 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction

from catalog import promises, shelf
from catalog.models import Chart, Entitlement, Image, VersionStream
from registry import tags
from registry.models import Repository
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class StreamOffer:
    """One version stream: its moving tag, the tags that follow it, the engine's spec and test spec."""

    name: str
    spec: Mapping[str, Any]
    tests: Mapping[str, Any] = field(default_factory=dict)
    variant: str = VersionStream.Variant.RUNTIME
    aliases: tuple[str, ...] = ()
    is_latest: bool = False
    eol_on: date | None = None


@dataclass(frozen=True, slots=True)
class ImageOffer:
    """One image of the catalogue as its definition states it."""

    name: str
    title: str
    summary: str
    category: str
    streams: tuple[StreamOffer, ...]
    description: str = ""
    homepage: str = ""
    is_free: bool = False
    is_listed: bool = False
    other_names: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()


@transaction.atomic
def offer(*, image: ImageOffer) -> Image:
    """Make the catalogue say exactly what `image` says; streams it no longer names stay as they are.

    A free image is entitled to every active tenant at once.
    """
    repository, _ = Repository.objects.get_or_create(tenant=None, name=image.name)
    offered, _ = Image.objects.update_or_create(
        name=image.name,
        defaults={
            "title": image.title,
            "summary": image.summary,
            "description": image.description,
            "category": Image.Category(image.category),
            "homepage": image.homepage,
            "is_free": image.is_free,
            "is_listed": image.is_listed,
            "other_names": list(image.other_names),
            "replaces": list(image.replaces),
            "repository": repository,
        },
    )
    for stream in image.streams:
        _offer_stream(offered, stream)
    shelf.note(offered)
    if offered.is_free:
        for tenant in Tenant.objects.filter(is_active=True):
            entitle(tenant=tenant, image=offered)
    return offered


def _offer_stream(image: Image, stream: StreamOffer) -> None:
    VersionStream.objects.update_or_create(
        image=image,
        name=stream.name,
        defaults={
            "variant": VersionStream.Variant(stream.variant),
            "aliases": list(stream.aliases),
            "is_latest": stream.is_latest,
            "eol_on": stream.eol_on,
            "spec": dict(stream.spec),
            "tests": dict(stream.tests),
        },
    )
    tags.end_stream(repository=image.repository, stream=stream.name, ends_on=stream.eol_on)


def entitle(*, tenant: Tenant, image: Image | None = None, chart: Chart | None = None) -> None:
    """Promise exactly one image or chart to `tenant`, and let it pull it. Doing it twice changes nothing."""
    thing = Entitlement(tenant=tenant, image=image, chart=chart).thing
    if image is not None and chart is not None:
        message = "An entitlement is for one image or for one chart."
        raise ValueError(message)
    promises.give(tenant=tenant, names=[thing.repository.name])


def entitle_free(*, tenant: Tenant) -> int:
    """Entitle `tenant` to all that is free, as for a new tenant; the number of images."""
    free = list(Image.objects.filter(is_free=True).values_list("repository__name", flat=True))
    promises.give(tenant=tenant, names=free)
    return len(free)
