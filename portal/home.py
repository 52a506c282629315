"""The first page: choose a tenant on the portal host, the images on a tenant's address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from tenants.access import platform_rights_at
from tenants.models import Tenant, User


def home(request: HttpRequest) -> HttpResponse:
    """On a tenant's address the images; elsewhere the tenants of the person who asks, or the front page."""
    if getattr(request, "tenant", None) is not None:
        return redirect("images")
    chosen: list[Tenant] = []
    if isinstance(request.user, User):
        chosen = list(Tenant.objects.filter(memberships__user=request.user, is_active=True).order_by("name"))
        if not chosen and platform_rights_at(request):
            return redirect("platform-tenants")
    free = Tenant.objects.filter(is_open=True, is_active=True).order_by("name").first()
    return render(request, "portal/home.html", {"tenants": chosen, "free": free})
