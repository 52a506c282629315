"""The tenant's builds, newest first."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from builds.models import Build
from tenants.access import tenant_for
from tenants.roles import Permission

ROWS = 50


def index(request: HttpRequest) -> HttpResponse:
    """All builds this tenant ordered; those of the catalogue are the platform's."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    builds = (
        Build.objects.filter(tenant=tenant)
        .select_related("revision__recipe")
        .defer("spec", "lock", "result")
        .order_by("-ordered_at")
    )
    page = Paginator(builds, ROWS).get_page(request.GET.get("page"))
    return render(request, "builds/builds.html", {"section": "builds", "page": page})
