"""The catalogue: every image a tenant may pull, or ask for, with its hallmarks, searched and filtered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalog import listing, replacing, requests
from catalog.models import AccessRequest, Image, Release, VersionStream
from catalog.pages import filters
from catalog.pages.hallmarks import Hallmark, evidence_of, hallmarks
from catalog.wanted import Access, Life, Wanted
from tenants.access import standing_at, tenant_for
from tenants.models import Tenant
from tenants.roles import Permission

#: Says of streams (by id) what their newest build is doing, in a few words.
Progress = Callable[[Iterable[int]], Mapping[int, str]]
ROWS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One image of the list; without a release `progress` says where its first build is."""

    image: Image
    name: str
    stream: VersionStream | None
    release: Release | None
    marks: list[Hallmark]
    progress: str
    life: Life
    architectures: list[str]
    #: The tenant's last request for it.
    asked: AccessRequest | None


def index(request: HttpRequest, progress: Progress) -> HttpResponse:
    """The list; htmx gets what follows the search field."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    wanted = Wanted.read(request.GET.dict())
    found = listing.listing(tenant=tenant, wanted=wanted, page=request.GET.get("page"), rows=ROWS)
    shown = rows(tenant, listing.read(tenant, found), progress)
    context: dict[str, Any] = {
        "section": "images",
        "page": found.images,
        "rows": shown,
        "found": found,
        "wanted": wanted,
        "view": "cards" if request.GET.get("view") == "cards" else "rows",
        "replacement": replacing.replacement(tenant=tenant, text=wanted.text) if wanted.text else None,
        "is_waiting": wanted.access != Access.AVAILABLE and any(row.release is None for row in shown),
        "choices": filters.Choices(request.GET, found, wanted, is_open=tenant.is_open),
    }
    if request.headers.get("HX-Target") == "found":
        return render(request, "catalog/_found.html", context | {"is_alone": True})
    context |= {
        "total": found.yours,
        "free": found.free,
        "may_build": Permission.BUILD_START in standing_at(request, tenant).rights,
    }
    return render(request, "catalog/images.html", context)


def rows(tenant: Tenant, images: Iterable[Image], progress: Progress) -> list[Row]:
    """The images of a page with what is newest of each; a fixed number of queries."""
    images = list(images)
    kinds = evidence_of(image.newest for image in images if image.newest is not None)
    first = {
        image.pk: stream
        for image in images
        if image.newest is None and (stream := next(iter(image.streams.all()), None))
    }
    states = progress(stream.pk for stream in first.values())
    asked = requests.latest(tenant=tenant, images=images)
    return [_row(image, first.get(image.pk), kinds, states, asked) for image in images]


def _row(
    image: Image,
    stream: VersionStream | None,
    kinds: Mapping[int, frozenset[str]],
    states: Mapping[int, str],
    asked: Mapping[int, AccessRequest],
) -> Row:
    release = image.newest
    return Row(
        image=image,
        name=getattr(image, "shown_name", image.name),
        stream=release.stream if release else stream,
        release=release,
        marks=hallmarks(release, kinds.get(release.pk, frozenset())) if release else [],
        progress=states.get(stream.pk, "") if stream else "",
        life=Life.now(image.ends_on),
        architectures=image.architectures.split(),
        asked=asked.get(image.pk),
    )
