"""The charts that a tenant may install, as a list; and taking one of its own from an archive."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from catalog.charts import offered
from catalog.charts.archive import MOST_BYTES
from catalog.charts.listing import Wanted, listing
from catalog.charts.refusals import ChartRefused
from catalog.charts.taking import take_chart
from catalog.pages.chart_filters import Choices
from registry.errors import RegistryError
from tenants.access import person_for, standing_at, tenant_for
from tenants.models import Tenant
from tenants.roles import Permission
from tenants.sessions import client_address

#: What a form says beside the file itself.
FORM_BYTES = 64 << 10
ROWS = 20


@csrf_exempt  # only until the right and the size are known; `_take` checks it, which reads the whole body
def index(request: HttpRequest) -> HttpResponse:
    """The list, searched and filtered, each with its newest version; htmx gets what follows the search field. POST takes an archive."""
    if request.method != "POST":
        return _index(request, tenant_for(request, Permission.IMAGE_VIEW))
    tenant = tenant_for(request, Permission.IMAGE_PUSH)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES + FORM_BYTES:
        return _index(request, tenant, ChartRefused("chart-too-large", _too_large()))
    return _take(request, tenant)


@csrf_protect
def _take(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    file = request.FILES.get("archive")
    try:
        if file is None:
            raise ChartRefused("chart-not-archive", _("Choose the archive that helm package wrote."))
        content = file.read(MOST_BYTES + 1)
        version = take_chart(
            tenant=tenant, content=content, actor=person_for(request), address=client_address(request)
        )
    except ChartRefused as refused:
        return _index(request, tenant, refused)
    except RegistryError as refused:
        return _index(request, tenant, ChartRefused(refused.slug.replace("_", "-"), str(refused)))
    words = {"name": version.chart.name, "version": version.version}
    messages.success(request, _("%(name)s %(version)s is here.") % words)
    return redirect("chart", name=version.chart.name)


def _index(request: HttpRequest, tenant: Tenant, refused: ChartRefused | None = None) -> HttpResponse:
    wanted = Wanted.read(request.GET.dict())
    found = listing(tenant=tenant, wanted=wanted, page=request.GET.get("page"), rows=ROWS)
    charts = offered.read(found.page)
    context = {
        "section": "charts",
        "rows": [
            (one, one.newest, found.deployed.get(one.newest.pk, []) if one.newest else []) for one in charts
        ],
        "page": found.page,
        "found": found,
        "wanted": found.wanted,
        "choices": Choices(request.GET, found),
    }
    if request.headers.get("HX-Target") == "found" and refused is None:
        return render(request, "catalog/_charts_found.html", context | {"is_alone": True})
    context |= {
        "may_import": Permission.IMAGE_PUSH in standing_at(request, tenant).rights,
        "most": MOST_BYTES,
        "refused": refused,
    }
    return render(request, "catalog/charts.html", context, status=422 if refused else 200)


def _too_large() -> str:
    return _("An archive has at most %(n)s MiB.") % {"n": MOST_BYTES >> 20}
