"""Tenants: the list, opening one, changing its name and colour, visits of support.

Not in charge of what a tenant may pull (`portal.platform.entitlements`) nor of how it sees it (`portal.platform.grants`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from catalog.offer import entitle_free
from portal.platform.asked import words_of
from portal.platform.tenant_facts import of_tenant, tenant_called, with_facts
from registry.models import Grant
from tenants import support
from tenants.access import platform_for
from tenants.models import Tenant
from tenants.onboarding import create_tenant, edit_tenant
from tenants.roles import VISITOR_ROLES, PlatformPermission, Role
from tenants.sessions import client_address

FIELDS = ("slug", "name", "accent", "support_url", "owner_email", "owner_name")
ROWS = 50


def index(request: HttpRequest) -> HttpResponse:
    """Tenants by name; `?q=` keeps those with that in their name or host names, `?state=` open or closed ones.

    `?image=` keeps those that have a grant of that repository.
    """
    platform_for(request, PlatformPermission.TENANT_VIEW)
    words, state = words_of(request), request.GET.get("state", "")
    image = request.GET.get("image", "").replace("\0", "")[:200]
    seeing = Grant.objects.filter(repository__name=image, repository__tenant=None).values("tenant")
    found = Tenant.objects.filter(pk__in=seeing) if image else Tenant.objects.all()
    for word in words.split():
        named = Q(name__icontains=word) | Q(slug__icontains=word)
        found = found.filter(named | Q(pk__in=Tenant.objects.filter(hostnames__name__icontains=word)))
    counts = found.aggregate(all=Count("pk"), open=Count("pk", filter=Q(is_active=True)))
    counts["closed"] = counts["all"] - counts["open"]
    if state in {"open", "closed"}:
        found = found.filter(is_active=state == "open")
    page = Paginator(found.order_by("name", "pk").values_list("pk", flat=True), ROWS).get_page(
        request.GET.get("page")
    )
    rows = with_facts(Tenant.objects.filter(pk__in=list(page))).prefetch_related("hostnames")
    context = {
        "section": "tenants", "page": page, "rows": rows.order_by("name", "pk"), "asked": words,
        "state": state, "counts": counts, "image": image,
    }  # fmt: skip
    return render(request, "platform/tenants.html", context)


def new(request: HttpRequest) -> HttpResponse:
    """The form that opens one; POST opens it."""
    admin = platform_for(request, PlatformPermission.TENANT_EDIT)
    if request.method != "POST":
        return _new(request, {"accent": "#0b5a5a"})
    asked = {name: request.POST.get(name, "").strip()[:254] for name in FIELDS}
    try:
        with transaction.atomic():
            tenant = create_tenant(actor=admin, **asked)
            entitle_free(tenant=tenant)
    except ValidationError as error:
        return _new(request, asked, wrong=_by_field(error))
    messages.success(request, _("%(name)s is open.") % {"name": tenant.name})
    return redirect("platform-tenant", slug=tenant.slug)


def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Name, colour, support and whether it is served; POST changes them. One that opens again gets what is free."""
    admin = platform_for(request, PlatformPermission.TENANT_EDIT)
    tenant = tenant_called(slug)
    if request.method != "POST":
        return _settings(request, tenant)
    posted, was_active = request.POST, tenant.is_active
    try:
        with transaction.atomic():
            edit_tenant(
                tenant=tenant,
                actor=admin,
                name=posted.get("name", "").strip()[:254],
                accent=posted.get("accent", "").strip()[:20],
                support_url=posted.get("support_url", "").strip()[:500],
                is_active=posted.get("is_active") == "1",
            )
            if tenant.is_active and not was_active:
                entitle_free(tenant=tenant)
    except ValidationError as error:
        return _settings(request, tenant, wrong=_by_field(error))
    messages.success(request, _("Saved."))
    return redirect("platform-tenant-settings", slug=slug)


def visits(request: HttpRequest, slug: str) -> HttpResponse:
    """Visits of support, the newest first; POST begins one and goes there."""
    visitor = platform_for(request, PlatformPermission.TENANT_VISIT)
    tenant = tenant_called(slug)
    if request.method != "POST":
        return _visits(request, tenant)
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
        return _visits(request, tenant, wrong=_by_field(error), asked=posted.dict())
    return redirect(f"/{tenant.slug}/")


def _new(request: HttpRequest, asked: dict[str, str], wrong: dict[str, str] | None = None) -> HttpResponse:
    context = {"section": "tenants", "asked": asked, "wrong": wrong or {}}
    return render(request, "platform/tenant_new.html", context, status=422 if wrong else 200)


def _settings(request: HttpRequest, tenant: Tenant, wrong: dict[str, str] | None = None) -> HttpResponse:
    context = of_tenant(tenant, "settings", wrong=wrong or {})
    return render(request, "platform/tenant_settings.html", context, status=422 if wrong else 200)


def _visits(
    request: HttpRequest,
    tenant: Tenant,
    wrong: dict[str, str] | None = None,
    asked: dict[str, Any] | None = None,
) -> HttpResponse:
    found = tenant.support_visits.select_related("user").order_by("-began_at")
    context = of_tenant(
        tenant,
        "visits",
        wrong=wrong or {},
        page=Paginator(found, ROWS).get_page(request.GET.get("page")),
        visitor_roles=[role for role in Role if role in VISITOR_ROLES],
        asked=asked or {"role": Role.VIEWER, "minutes": int(support.USUAL.total_seconds()) // 60},
    )
    return render(request, "platform/tenant_visits.html", context, status=422 if wrong else 200)


def _by_field(error: ValidationError) -> dict[str, str]:
    if hasattr(error, "error_dict"):
        return {name: " ".join(sentences) for name, sentences in error.message_dict.items()}
    return {"owner_email": " ".join(error.messages)}
