"""Requests of tenants for images: what waits, what was decided; grant or decline."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog import requests
from catalog.models import AccessRequest
from catalog.pages.filters import address
from portal.platform.asked import words_of
from tenants.access import platform_for
from tenants.roles import PlatformPermission
from tenants.sessions import client_address

ROWS = 50


def index(request: HttpRequest) -> HttpResponse:
    """Open requests, the oldest first; `?state=` shows those that were decided, the newest first.

    `?q=` keeps those of which the image or the tenant has that in its name.
    """
    platform_for(request, PlatformPermission.TENANT_VIEW)
    state, words = request.GET.get("state", ""), words_of(request)
    state = state if state in AccessRequest.State.values else AccessRequest.State.OPEN
    order = "asked_at" if state == AccessRequest.State.OPEN else "-decided_at"
    found = AccessRequest.objects.all()
    for word in words.split():
        of_tenant = Q(tenant__name__icontains=word) | Q(tenant__slug__icontains=word)
        found = found.filter(of_tenant | Q(image__name__icontains=word))
    counts = dict(found.order_by().values_list("state").annotate(n=Count("pk")))
    rows = found.filter(state=state).select_related("tenant", "image").order_by(order, "pk")
    context = {
        "section": "requests",
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "state": state,
        "states": [(value, label, counts.get(value, 0)) for value, label in AccessRequest.State.choices],
        "asked": words,
    }
    return render(request, "platform/requests.html", context)


def decide(request: HttpRequest, request_id: int) -> HttpResponse:
    """POST with `decision` "grant" or "decline", and an answer for the tenant; either way back to the list as it was."""
    admin = platform_for(request, PlatformPermission.TENANT_EDIT)
    back = f"{reverse('platform-requests')}{address(request.GET, page=request.GET.get('page', ''))}".rstrip(
        "?"
    )
    if request.method != "POST":
        return redirect(back)
    found = AccessRequest.objects.filter(pk=request_id).select_related("tenant", "image__repository").first()
    verb = {"grant": requests.grant, "decline": requests.decline}.get(request.POST.get("decision", ""))
    if found is None or verb is None:
        raise Http404
    try:
        verb(
            request=found,
            actor=admin,
            answer=request.POST.get("answer", ""),
            address=client_address(request),
        )
    except requests.AlreadyDecided as refused:
        messages.error(request, str(refused))
    else:
        words = {"image": found.image.name, "tenant": found.tenant.name}
        granted = found.state == AccessRequest.State.GRANTED
        sentence = (
            _("%(tenant)s may pull %(image)s now.") if granted else _("Declined %(image)s for %(tenant)s.")
        )
        messages.success(request, sentence % words)
    return redirect(back)
