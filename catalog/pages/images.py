"""The catalogue: every image a tenant may pull, with its hallmarks, searched and filtered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalog import search
from catalog.models import Image, Release, VersionStream
from catalog.pages.hallmarks import Hallmark, evidence_of, hallmarks
from tenants.access import may, tenant_for
from tenants.models import Tenant
from tenants.roles import Permission

#: Says of streams (by id) what their newest build is doing, in a few words.
Progress = Callable[[Iterable[int]], Mapping[int, str]]
ROWS = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One image of the list; without a release `progress` says where its first build is."""

    image: Image
    name: str
    stream: VersionStream | None
    release: Release | None
    marks: list[Hallmark]
    progress: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; unknown values count as absent."""

    text: str
    category: str
    is_free: bool

    @classmethod
    def of(cls, request: HttpRequest) -> Filters:
        category = request.GET.get("category", "")
        return cls(
            text=request.GET.get("q", "").strip()[:200],
            category=category if category in Image.Category.values else "",
            is_free=request.GET.get("free") == "1",
        )


def index(request: HttpRequest, progress: Progress) -> HttpResponse:
    """The list; htmx gets the rows alone."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    filters = Filters.of(request)
    found = search.search(
        tenant=tenant, text=filters.text, category=filters.category, is_free=filters.is_free or None
    )
    page = Paginator(search.with_streams(found), ROWS).get_page(request.GET.get("page"))
    shown = rows(page, progress)
    context = {
        "page": page,
        "rows": shown,
        "filters": filters,
        "section": "images",
        "is_waiting": any(row.release is None for row in shown),
    }
    if request.headers.get("HX-Target") == "rows":
        return render(request, "catalog/_image_rows.html", context)
    context |= _counts(tenant)
    context["may_build"] = may(request.user, tenant, Permission.BUILD_START)
    return render(request, "catalog/images.html", context)


def rows(page: Page[Image], progress: Progress) -> list[Row]:
    """The images of a page with what is newest of each; a fixed number of queries."""
    shown = [(image, next(iter(image.streams.all()), None)) for image in page]
    streams = [stream for _, stream in shown if stream is not None]
    releases = search.newest_releases(streams)
    kinds = evidence_of(releases.values())
    states = progress(stream.pk for stream in streams if stream.pk not in releases)
    return [_row(image, stream, releases, kinds, states) for image, stream in shown]


def _row(
    image: Image,
    stream: VersionStream | None,
    releases: Mapping[int, Release],
    kinds: Mapping[int, frozenset[str]],
    states: Mapping[int, str],
) -> Row:
    release = releases.get(stream.pk) if stream else None
    return Row(
        image=image,
        name=getattr(image, "shown_name", image.name),
        stream=stream,
        release=release,
        marks=hallmarks(release, kinds.get(release.pk, frozenset())) if release else [],
        progress=states.get(stream.pk, "") if stream else "",
    )


def _counts(tenant: Tenant) -> dict[str, object]:
    everything = search.images_of(tenant).order_by()
    counted = everything.values("category", "is_free").annotate(n=Count("pk"))
    by_category: dict[str, int] = {}
    free = 0
    for line in counted:
        by_category[line["category"]] = by_category.get(line["category"], 0) + line["n"]
        free += line["n"] if line["is_free"] else 0
    categories = [
        (value, label, by_category[value]) for value, label in Image.Category.choices if value in by_category
    ]
    return {"categories": categories, "total": sum(by_category.values()), "free": free}
