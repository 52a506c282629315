"""Builds of the whole platform: every row's state, and the steps and log of those of the catalogue.

What a tenant ordered is shown as a row only: its log is the tenant's.
"""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from builds import capabilities
from builds.models import Build
from builds.pages.build import progress_of
from tenants.access import platform_for
from tenants.roles import PlatformPermission

ROWS = 50


def index(request: HttpRequest) -> HttpResponse:
    """All builds, newest first; `?state=` keeps those in one state."""
    platform_for(request, PlatformPermission.BUILD_VIEW)
    builds = (
        Build.objects.select_related("tenant", "stream__image", "revision__recipe")
        .defer("spec", "lock", "result")
        .order_by("-ordered_at")
    )
    state = request.GET.get("state", "")
    if state in Build.State.values:
        builds = builds.filter(state=state)
    page = Paginator(builds, ROWS).get_page(request.GET.get("page"))
    context = {"section": "builds", "page": page, "state": state, "states": Build.State.choices}
    return render(request, "platform/builds.html", context)


def page(request: HttpRequest, build_id: UUID) -> HttpResponse:
    """One build of the catalogue; htmx gets its progress alone."""
    platform_for(request, PlatformPermission.BUILD_VIEW)
    build = (
        Build.objects.filter(pk=build_id, tenant__isnull=True)
        .select_related("stream__image")
        .defer("spec")
        .first()
    )
    if build is None:
        raise Http404
    context = progress_of(build)
    if request.headers.get("HX-Target") == "progress":
        response = render(request, "builds/_progress.html", context | {"alone": True})
        if build.has_ended:
            response["HX-Refresh"] = "true"
        return response
    context |= {"section": "builds", "is_held": build.error_code == capabilities.HELD}
    if context["is_held"]:
        context["difference"] = capabilities.difference(capabilities.baseline(build), build)
    return render(request, "platform/build.html", context)
