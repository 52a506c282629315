"""The page that takes a chart archive of the tenant's own."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from catalog.charts.archive import MOST_BYTES
from catalog.charts.refusals import ChartRefused
from catalog.charts.taking import take_chart
from catalog.charts.unpacking import MOST_ENTRIES, MOST_UNPACKED
from catalog.pages import chart_commands
from registry.errors import RegistryError
from tenants.access import person_for, tenant_for
from tenants.models import Tenant
from tenants.roles import Permission
from tenants.sessions import client_address

#: What a form says beside the file itself.
FORM_BYTES = 64 << 10


@csrf_exempt  # only until the right and the size are known; `_take` checks it, which reads the whole body
def page(request: HttpRequest) -> HttpResponse:
    """The form; POST takes an archive."""
    tenant = tenant_for(request, Permission.IMAGE_PUSH)
    if request.method != "POST":
        return _form(request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES + FORM_BYTES:
        return _form(request, ChartRefused("chart-too-large", _too_large()))
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
        return _form(request, refused)
    except RegistryError as refused:
        return _form(request, ChartRefused(refused.slug.replace("_", "-"), str(refused)))
    words = {"name": version.chart.name, "version": version.version}
    messages.success(request, _("%(name)s %(version)s is here.") % words)
    return redirect("chart", name=version.chart.name)


def _form(request: HttpRequest, refused: ChartRefused | None = None) -> HttpResponse:
    address = getattr(request, "address")  # noqa: B009
    context = {
        "section": "charts",
        "refused": refused,
        "most": MOST_BYTES >> 20,
        "most_unpacked": MOST_UNPACKED >> 20,
        "most_files": MOST_ENTRIES,
        "login": chart_commands.login(str(address.registry), str(address.origin)),
        "push": chart_commands.push(str(address.registry), str(address.origin)),
    }
    return render(request, "catalog/chart_import.html", context, status=422 if refused else 200)


def _too_large() -> str:
    return _("An archive has at most %(n)s MiB.") % {"n": MOST_BYTES >> 20}
