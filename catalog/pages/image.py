"""One image: how to pull it, its hallmarks with evidence, and its tabs (`catalog.pages.evidence_page`).

`?release=` shows another release than the newest, `?tab=` another part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from catalog import describing, search
from catalog.models import Image, Release
from catalog.pages import choosing, evidence_page
from catalog.pages.hallmarks import evidence_of, hallmarks
from catalog.pages.images import Progress
from catalog.pages.markdown import as_html
from catalog.pages.tags import TagRows
from registry import history, visibility
from registry.models import RepositoryManifest
from tenants.access import standing_at, tenant_for
from tenants.models import Tenant
from tenants.roles import Permission

#: Says which golden images of the tenant are built upon an image, each with the stream.
BuiltUpon = Callable[[Image], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Shown:
    """An image as one tenant sees it, with its newest release."""

    #: On this host.
    name: str
    image: Image
    view: visibility.View
    newest: Release | None
    #: Of the newest release in its repository, where it was looked for.
    link: RepositoryManifest | None
    tags: TagRows


def page(request: HttpRequest, name: str, progress: Progress, built_upon: BuiltUpon) -> HttpResponse:
    """The image page; `?tab=` chooses its part."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    shown = _shown(tenant, name)
    tab = evidence_page.tab_of(request)
    context: dict[str, Any] = {
        "section": "images",
        "image": shown.image,
        "name": name,
        "release": None,
        "tab": tab,
        "tags": shown.tags,
        "may_build": Permission.BUILD_START in standing_at(request, tenant).rights,
    }
    if tab == "overview":
        context["built_upon"] = built_upon(shown.image)
    if shown.newest is None:
        context |= _unreleased(shown, tab, progress)
    else:
        context |= _released(tenant, shown, shown.newest, tab, request)
    reference = f"{getattr(request, 'address').registry}/{context['pulled']}"  # noqa: B009
    context["description"] = as_html(describing.described(shown.image, reference))
    return render(request, "catalog/image.html", context, status=404 if context.get("unknown") else 200)


def _unreleased(shown: Shown, tab: str, progress: Progress) -> dict[str, Any]:
    """How far its builds are, and what its tags were."""
    states = progress(stream.pk for stream in shown.image.streams.all())
    found: dict[str, Any] = {"states": sorted(set(states.values())), "pulled": shown.name}
    if tab == "tags":
        found["history"] = history.recent(shown.view)
    return found


def _released(tenant: Tenant, shown: Shown, first: Release, tab: str, request: HttpRequest) -> dict[str, Any]:
    """The release that is asked for, `first` where none is, and its part of the page."""
    release = choosing.chosen(shown.view, request, first)
    newest = choosing.newest_of_line(shown.view, release, first)
    place = evidence_page.Place(
        tenant=tenant,
        name=shown.name,
        view=shown.view,
        image=shown.image,
        release=release,
        newest=newest,
        tags=shown.tags,
        kinds=evidence_of([release]).get(release.pk, frozenset()),
        link=shown.link if release == first else None,
    )
    return {
        "release": release,
        "marks": hallmarks(release, place.kinds),
        "pulled": pulled(shown.name, release, shown.tags, is_newest=release == newest),
        **evidence_page.of(tab, place, request),
    }


def pulled(name: str, release: Release, tags: TagRows | None, *, is_newest: bool) -> str:
    """What to pull a release by: the tag that follows it while it is the newest, else what never moves."""
    of_release = tags.of(release.digest) if tags is not None else []
    stream = release.stream
    if is_newest and stream is not None and stream.name in of_release:
        return f"{name}:{stream.name}"
    if not is_newest and release.unique_tag in of_release:
        return f"{name}:{release.unique_tag}"
    return f"{name}:{of_release[0]}" if of_release else f"{name}@{release.digest}"


def _shown(tenant: Tenant, name: str) -> Shown:
    view = visibility.find(tenant=tenant, name=name)
    image = search.image_behind(view) if view is not None else None
    if image is None or view is None:
        raise Http404
    return Shown(name, image, view, *choosing.newest_shown(image, view), TagRows(view))
