"""The charts that a tenant may install, or get with images that it may ask for, as a list."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.charts import offered
from catalog.charts.listing import Listing, Wanted, listing
from catalog.charts.offered import Offered
from catalog.models import ChartVersion
from catalog.pages.chart_filters import Choices
from catalog.pages.hallmarks import Hallmark, signed
from tenants.access import standing_at, tenant_for
from tenants.roles import Permission

ROWS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One chart of the list with its newest version, the images that deploys, and those that the tenant lacks."""

    chart: Offered
    version: ChartVersion | None
    images: list[str]
    lacks: list[str]
    #: Its one hallmark; none for a tenant's own.
    marks: list[Hallmark]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The list, searched and filtered; htmx gets what follows the search field."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    wanted = Wanted.read(request.GET.dict())
    found = listing(tenant=tenant, wanted=wanted, page=request.GET.get("page"), rows=ROWS)
    context = {
        "section": "charts",
        "rows": _rows(found),
        "page": found.page,
        "found": found,
        "wanted": found.wanted,
        "view": "cards" if request.GET.get("view") == "cards" else "rows",
        "choices": Choices(request.GET, found),
        "may_import": Permission.IMAGE_PUSH in standing_at(request, tenant).rights,
    }
    if request.headers.get("HX-Target") == "found":
        return render(request, "catalog/_charts_found.html", context | {"is_alone": True})
    return render(request, "catalog/charts.html", context)


def _rows(found: Listing) -> list[Row]:
    rows = []
    for one in offered.read(found.page):
        newest = one.newest.pk if one.newest else 0
        marks = [signed(one.newest.signing_key, "overview")] if one.newest and not one.is_own else []
        rows.append(
            Row(one, one.newest, found.deployed.get(newest, []), found.lacking.get(newest, []), marks)
        )
    return rows
