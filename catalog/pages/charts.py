"""Charts a tenant may install: the list, and one chart with its values and pinned images."""

from __future__ import annotations

import json

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from catalog import search
from catalog.models import ChartVersion
from catalog.pages.markdown import as_html
from tenants.access import tenant_for
from tenants.roles import Permission


def index(request: HttpRequest) -> HttpResponse:
    """All charts of the tenant, each with its newest version."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    newest = ChartVersion.objects.order_by("-published_at")
    charts = (
        search.charts_of(tenant).prefetch_related(Prefetch("versions", newest)).order_by("name").distinct()
    )
    rows = [(chart, next(iter(chart.versions.all()), None)) for chart in charts]
    return render(request, "catalog/charts.html", {"section": "charts", "rows": rows})


def page(request: HttpRequest, name: str) -> HttpResponse:
    """One chart at its newest version, or at `?version=`."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    chart = search.charts_of(tenant).filter(name=name).first()
    if chart is None:
        raise Http404
    versions = list(chart.versions.order_by("-published_at"))
    asked = request.GET.get("version", "")
    version = next((item for item in versions if item.version == asked), versions[0] if versions else None)
    context = {
        "section": "charts",
        "chart": chart,
        "versions": versions,
        "version": version,
        "readme": as_html(version.readme) if version else "",
        "schema": json.dumps(version.values_schema, indent=2) if version and version.values_schema else "",
    }
    return render(request, "catalog/chart.html", context)
