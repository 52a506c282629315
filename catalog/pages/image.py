"""One image: how to pull it, its hallmarks with evidence, tags with history, packages, proof, comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from catalog import search
from catalog.models import Image, Release
from catalog.pages import evidence_page
from catalog.pages.hallmarks import evidence_of, hallmarks
from catalog.pages.images import Progress
from catalog.pages.tags import TagRow, tag_rows
from registry import history, visibility
from tenants.access import may, tenant_for
from tenants.models import Tenant
from tenants.roles import Permission

#: Movements shown beneath the tags.
EVENTS = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """An image as one tenant sees it, with its newest release."""

    image: Image
    name: str
    view: visibility.View
    release: Release | None
    tags: list[TagRow]


def page(request: HttpRequest, name: str, progress: Progress) -> HttpResponse:
    """The image page; `?tab=` chooses its part."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    shown = _shown(tenant, name)
    tab = evidence_page.tab_of(request)
    context: dict[str, Any] = {
        "section": "images",
        "shown": shown,
        "image": shown.image,
        "name": name,
        "release": shown.release,
        "tab": tab,
        "tags": shown.tags,
        "may_build": may(request.user, tenant, Permission.BUILD_START),
        "pull_tag": _pull_tag(shown),
    }
    if shown.release is None:
        streams = list(shown.image.streams.values_list("pk", flat=True))
        context["states"] = sorted(set(progress(streams).values()))
    else:
        context["marks"] = hallmarks(
            shown.release, evidence_of([shown.release]).get(shown.release.pk, frozenset())
        )
        context |= evidence_page.of(tab, shown.release, request)
    if tab == "tags":
        context["history"] = history.recent(shown.view, EVENTS)
    return render(request, "catalog/image.html", context)


def _shown(tenant: Tenant, name: str) -> Shown:
    image = search.image_called(tenant=tenant, name=name)
    view = visibility.find(tenant=tenant, name=name)
    if image is None or view is None:
        raise Http404
    stream = image.streams.order_by("-is_latest", "variant", "name").first()
    release = search.newest_release(stream) if stream else None
    if release is not None and view.manifest(release.digest) is None:
        release = None  # the grant shows other tags only
    return Shown(image, name, view, release, tag_rows(view))


def _pull_tag(shown: Shown) -> str:
    if shown.release is None:
        return ""
    of_release = [row.name for row in shown.tags if row.digest == shown.release.digest]
    stream = shown.release.stream
    if stream is not None and stream.name in of_release:
        return stream.name
    return of_release[0] if of_release else ""
