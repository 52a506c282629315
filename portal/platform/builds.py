"""Builds of the whole platform: every row's state, the steps and log of those of the catalogue, accepting a held one.

What a tenant ordered is shown as a row only: its log is the tenant's.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from builds import capabilities
from builds.accept import CannotAccept, accept, is_settled
from builds.models import Build
from builds.pages.actor import actor_of
from builds.pages.build import progress_of
from builds.refusals import IndexNotReady, OrderRefused
from portal.platform.asked import words_of
from tenants.access import platform_for, platform_rights_at
from tenants.roles import PlatformPermission
from tenants.sessions import client_address

ROWS = 50


def index(request: HttpRequest) -> HttpResponse:
    """All builds, newest first; `?state=` keeps those in one state, `?q=` those of such an image, recipe or tenant."""
    platform_for(request, PlatformPermission.BUILD_VIEW)
    words, state = words_of(request), request.GET.get("state", "")
    found = Build.objects.all()
    for word in words.split():
        of_catalogue = Q(stream__image__name__icontains=word) | Q(stream__name=word)
        of_tenant = Q(revision__recipe__name__icontains=word) | Q(tenant__name__icontains=word)
        found = found.filter(of_catalogue | of_tenant)
    counts = dict(found.order_by().values_list("state").annotate(n=Count("pk")))
    state = state if state in Build.State.values else ""
    rows = found.select_related("tenant", "stream__image", "revision__recipe").defer("spec", "lock", "result")
    rows = rows.filter(state=state) if state else rows
    context = {
        "section": "builds",
        "page": Paginator(rows.order_by("-ordered_at", "pk"), ROWS).get_page(request.GET.get("page")),
        "state": state,
        "states": [(value, label, counts.get(value, 0)) for value, label in Build.State.choices],
        "total": sum(counts.values()),
        "asked": words,
    }
    return render(request, "platform/builds.html", context)


def page(request: HttpRequest, build_id: UUID) -> HttpResponse:
    """One build of the catalogue; htmx gets its progress alone."""
    platform_for(request, PlatformPermission.BUILD_VIEW)
    build = _of_catalogue(build_id).select_related("stream__image").defer("spec").first()
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
        context["is_settled"] = is_settled(build)
        context["may_accept"] = PlatformPermission.BUILD_ACCEPT in platform_rights_at(request)
    return render(request, "platform/build.html", context)


def accept_held(request: HttpRequest, build_id: UUID) -> HttpResponse:
    """POST accepts what a held build's packages can newly do; GET leads to the build."""
    admin = platform_for(request, PlatformPermission.BUILD_ACCEPT)
    if not _of_catalogue(build_id).exists():
        raise Http404
    if request.method != "POST":
        return redirect("platform-build", build_id=build_id)
    try:
        ordered = accept(build_id=build_id, actor=actor_of(admin), address=client_address(request))
    except (CannotAccept, OrderRefused, IndexNotReady) as refused:
        messages.error(request, str(refused))
        return redirect("platform-build", build_id=build_id)
    messages.success(request, _("Accepted: the image is built again, and then published."))
    return redirect("platform-build", build_id=ordered.pk)


def _of_catalogue(build_id: UUID) -> QuerySet[Build]:
    return Build.objects.filter(pk=build_id, tenant__isnull=True)
