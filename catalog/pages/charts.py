"""The charts that a tenant may install, as a list."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalog.charts import offered
from tenants.access import tenant_for
from tenants.roles import Permission


def index(request: HttpRequest) -> HttpResponse:
    """All charts of the tenant, each with its newest version."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    charts = offered.offered(tenant)
    deployed = offered.deployed_by(one.newest for one in charts if one.newest is not None)
    rows = [(one, one.newest, deployed.get(one.newest.pk, []) if one.newest else []) for one in charts]
    return render(request, "catalog/charts.html", {"section": "charts", "rows": rows})
