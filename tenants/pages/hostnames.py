"""The host names of a tenant: those it answers on, and claims that wait for a proof."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenants import challenge, hostnames
from tenants.access import person_for, tenant_for
from tenants.models import Hostname, HostnameClaim, Tenant
from tenants.pages.doing import is_done
from tenants.roles import Permission
from tenants.sessions import client_address


def index(request: HttpRequest) -> HttpResponse:
    """All of them, and the form that claims another."""
    tenant = tenant_for(request, Permission.HOSTNAME_MANAGE)
    if request.method != "POST":
        return _page(request, tenant)
    asked = request.POST.get("name", "").strip()[:300]
    try:
        hostnames.claim(tenant=tenant, name=asked, actor=person_for(request), address=client_address(request))
    except ValidationError as error:
        return _page(request, tenant, asked=asked, wrong=error)
    return redirect("hostnames")


@require_POST
def prove(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Look for the proof now; what was not found is said beside the claim."""
    claim = _claim(request, claim_id)
    tenant = claim.tenant
    try:
        proved = hostnames.prove(claim=claim, actor=person_for(request), address=client_address(request))
    except hostnames.NotProved as error:
        return _page(request, tenant, checked=claim.pk, reasons=error.reasons)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("%(name)s is yours and answers from now on.") % {"name": proved})
    return redirect("hostnames")


@require_POST
def withdraw(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Give up a claim."""
    claim = _claim(request, claim_id)
    hostnames.withdraw(claim=claim, actor=person_for(request), address=client_address(request))
    return redirect("hostnames")


@require_POST
def make_primary(request: HttpRequest, hostname_id: int) -> HttpResponse:
    """Make one the first."""
    hostname = _hostname(request, hostname_id)
    hostnames.make_primary(hostname=hostname, actor=person_for(request), address=client_address(request))
    messages.success(request, _("%(name)s is the first name now.") % {"name": hostname})
    return redirect("hostnames")


def release(request: HttpRequest, hostname_id: int) -> HttpResponse:
    """Ask first (GET), then stop answering on it (POST)."""
    hostname = _hostname(request, hostname_id)
    if request.method != "POST":
        context = {"section": "hostnames", "hostname": hostname}
        return render(request, "tenants/hostname_release.html", context)
    if is_done(request, hostnames.release, hostname=hostname):
        messages.success(request, _("%(name)s is let go.") % {"name": hostname})
    return redirect("hostnames")


def _claim(request: HttpRequest, claim_id: int) -> HostnameClaim:
    tenant = tenant_for(request, Permission.HOSTNAME_MANAGE)
    found = HostnameClaim.objects.filter(tenant=tenant, pk=claim_id).select_related("tenant").first()
    if found is None:
        raise Http404
    return found


def _hostname(request: HttpRequest, hostname_id: int) -> Hostname:
    tenant = tenant_for(request, Permission.HOSTNAME_MANAGE)
    found = Hostname.objects.filter(tenant=tenant, pk=hostname_id).select_related("tenant").first()
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest,
    tenant: Tenant,
    *,
    asked: str = "",
    wrong: ValidationError | None = None,
    checked: int | None = None,
    reasons: tuple[challenge.NoProof, ...] = (),
) -> HttpResponse:
    claims = HostnameClaim.objects.filter(tenant=tenant).order_by("created_at")
    context = {
        "section": "hostnames",
        "hostnames": tenant.hostnames.order_by("-is_primary", "name"),
        "claims": [
            {"row": each, "record": challenge.record_of(each.token), "path": challenge.PATH + each.token}
            for each in claims
        ],
        "label": challenge.LABEL,
        "asked": asked,
        "wrong": " ".join(wrong.messages) if wrong else "",
        "code": wrong.code if wrong else "",
        "checked": checked,
        "reasons": reasons,
    }
    return render(request, "tenants/hostnames.html", context, status=422 if wrong or reasons else 200)
