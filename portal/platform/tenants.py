"""Tenants: the list, opening one, changing its name and colour, what it is entitled to, visits of support."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from catalog.entitlements import set_entitlements
from catalog.models import Chart, Entitlement, Image
from catalog.offer import entitle_free
from registry.models import Grant
from tenants import support
from tenants.access import platform_for
from tenants.models import Tenant, User
from tenants.onboarding import create_tenant, edit_tenant
from tenants.roles import VISITOR_ROLES, PlatformPermission, Role
from tenants.sessions import client_address

FIELDS = ("slug", "name", "accent", "support_url", "owner_email", "owner_name")
#: Visits that a tenant's page lists.
VISITS = 10


def index(request: HttpRequest) -> HttpResponse:
    """All tenants, and the form that opens one."""
    admin = _person(request)
    if request.method != "POST":
        return _index(request, {"accent": "#0b5a5a"})
    asked = {name: request.POST.get(name, "").strip()[:254] for name in FIELDS}
    try:
        with transaction.atomic():
            tenant = create_tenant(actor=admin, **asked)
            entitle_free(tenant=tenant)
    except ValidationError as error:
        return _index(request, asked, wrong=_by_field(error))
    messages.success(request, _("%(name)s is open.") % {"name": tenant.name})
    return redirect("platform-tenant", slug=tenant.slug)


def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One tenant; POST changes its name, colour and whether it is served."""
    admin = _person(request)
    tenant = _tenant(slug)
    if request.method != "POST":
        return _page(request, tenant)
    posted = request.POST
    try:
        edit_tenant(
            tenant=tenant,
            actor=admin,
            name=posted.get("name", "").strip()[:254],
            accent=posted.get("accent", "").strip()[:20],
            support_url=posted.get("support_url", "").strip()[:500],
            is_active=posted.get("is_active") == "1",
        )
    except ValidationError as error:
        return _page(request, tenant, wrong=_by_field(error))
    messages.success(request, _("Saved."))
    return redirect("platform-tenant", slug=slug)


def entitlements(request: HttpRequest, slug: str) -> HttpResponse:
    """Set what the tenant may pull; GET leads to its page."""
    admin = _person(request)
    tenant = _tenant(slug)
    if request.method == "POST":
        changed = set_entitlements(
            tenant=tenant,
            images=set(request.POST.getlist("images")),
            charts=set(request.POST.getlist("charts")),
            actor=admin,
            address=client_address(request),
        )
        words = {"added": len(changed.added), "withdrawn": len(changed.withdrawn)}
        messages.success(request, _("%(added)s added, %(withdrawn)s withdrawn.") % words)
    return redirect("platform-tenant", slug=slug)


def visit(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a visit and go there; GET leads to the tenant's page."""
    visitor = platform_for(request, PlatformPermission.TENANT_VISIT)
    tenant = _tenant(slug)
    if request.method != "POST":
        return redirect("platform-tenant", slug=slug)
    posted = request.POST
    minutes = posted.get("minutes", "")
    try:
        support.begin(
            tenant=tenant,
            user=visitor,
            role=posted.get("role", ""),
            reason=posted.get("reason", "")[:200],
            lasts=timedelta(minutes=int(minutes) if minutes.isascii() and minutes.isdigit() else 0),
            address=client_address(request),
        )
    except ValidationError as error:
        return _page(request, tenant, wrong=_by_field(error), asked=posted.dict())
    return redirect(f"/{tenant.slug}/")


def _person(request: HttpRequest) -> User:
    """Whoever may look, or for a POST whoever may edit."""
    needed = PlatformPermission.TENANT_EDIT if request.method == "POST" else PlatformPermission.TENANT_VIEW
    return platform_for(request, needed)


def _tenant(slug: str) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise Http404
    return tenant


def _index(request: HttpRequest, asked: dict[str, str], wrong: dict[str, str] | None = None) -> HttpResponse:
    context = {"section": "tenants", "rows": _rows(), "asked": asked, "wrong": wrong or {}}
    return render(request, "platform/tenants.html", context, status=422 if wrong else 200)


def _rows() -> QuerySet[Tenant]:
    return (
        Tenant.objects.annotate(
            people=Count("memberships", distinct=True), images=Count("entitlements__image", distinct=True)
        )
        .prefetch_related("hostnames")
        .order_by("name")
    )


def _page(
    request: HttpRequest,
    tenant: Tenant,
    wrong: dict[str, str] | None = None,
    asked: dict[str, str] | None = None,
) -> HttpResponse:
    held = Entitlement.objects.filter(tenant=tenant)
    context: dict[str, Any] = {
        "section": "tenants",
        "shown": tenant,
        "hostnames": tenant.hostnames.order_by("-is_primary", "name"),
        "images": Image.objects.order_by("name"),
        "charts": Chart.objects.filter(repository__tenant=None).order_by("name"),
        "held_images": set(held.filter(image__isnull=False).values_list("image_id", flat=True)),
        "held_charts": set(held.filter(chart__isnull=False).values_list("chart_id", flat=True)),
        "grants": Grant.objects.of(tenant.pk).order_by("name"),
        "wrong": wrong or {},
        "visits": tenant.support_visits.select_related("user").order_by("-began_at")[:VISITS],
        "visitor_roles": [role for role in Role if role in VISITOR_ROLES],
        "asked": asked or {"role": Role.VIEWER, "minutes": int(support.USUAL.total_seconds()) // 60},
    }
    return render(request, "platform/tenant.html", context, status=422 if wrong else 200)


def _by_field(error: ValidationError) -> dict[str, str]:
    if hasattr(error, "error_dict"):
        return {name: " ".join(sentences) for name, sentences in error.message_dict.items()}
    return {"owner_email": " ".join(error.messages)}
