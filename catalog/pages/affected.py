"""The page that says which images contain a package, below a version."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalog import affected
from tenants.access import tenant_for
from tenants.models import Tenant
from tenants.roles import Permission

ROWS = 40


def index(request: HttpRequest, order_of: affected.OrderOf) -> HttpResponse:
    """`?package=` and `?below=`; htmx gets the answer alone."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    name = request.GET.get("package", "").strip().lower()[:200]
    below = request.GET.get("below", "").strip()[:200]
    has_older = request.GET.get("older") == "1"
    error, found = "", None
    try:
        found = affected.holders(
            tenant=tenant, name=name, below=below, order_of=order_of, has_older=has_older
        )
    except affected.NoVersion as refused:
        error = str(refused)
    context = {
        "section": "images",
        "package": name,
        "below": below,
        "has_older": has_older,
        "error": error,
        "page": Paginator(found or (), ROWS).get_page(request.GET.get("page")),
        "now": found.now if found else 0,
        "suggested": _suggested(tenant, name) if not found else [],
    }
    template = (
        "catalog/_affected.html" if request.headers.get("HX-Target") == "found" else "catalog/affected.html"
    )
    return render(request, template, context, status=422 if error else 200)


def _suggested(tenant: Tenant, name: str) -> list[str]:
    return [each for each in affected.suggested(tenant=tenant, name=name) if each != name]
