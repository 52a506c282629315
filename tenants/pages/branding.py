"""How a tenant looks: name, colour, logo, support link. The page itself is the preview."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenants import branding
from tenants.access import person_for, tenant_for
from tenants.colours import DARK, ENOUGH, HOUSE, HOUSE_BY_NIGHT, LIGHT, contrast, readable
from tenants.models import Logo, Tenant
from tenants.onboarding import edit_tenant
from tenants.roles import Permission
from tenants.sessions import client_address

FIELDS = {"name": 254, "accent": 20, "support_url": 500}
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def index(request: HttpRequest) -> HttpResponse:
    """What is set, and the form that changes it."""
    tenant = tenant_for(request, Permission.BRANDING_EDIT)
    if request.method != "POST":
        return _page(request, {name: getattr(tenant, name) for name in FIELDS})
    asked = {name: request.POST.get(name, "").strip()[:length] for name, length in FIELDS.items()}
    try:
        # Another instance: what was refused must not be shown as if it were so.
        changed = Tenant.objects.get(pk=tenant.pk)
        edit_tenant(tenant=changed, actor=person_for(request), is_active=changed.is_active, **asked)
    except ValidationError as error:
        return _page(
            request, asked, wrong={field: " ".join(said) for field, said in error.message_dict.items()}
        )
    messages.success(request, _("Saved."))
    return redirect("branding")


def read_contrast(request: HttpRequest) -> HttpResponse:
    """How well a colour can be read, while it is chosen."""
    tenant_for(request, Permission.BRANDING_EDIT)
    facts = contrast_of(request.GET.get("accent", ""))
    return render(request, "tenants/_contrast.html", {"papers": facts})


@require_POST
def change_logo(request: HttpRequest) -> HttpResponse:
    """Take another logo, or with `remove` none."""
    tenant = tenant_for(request, Permission.BRANDING_EDIT)
    who: dict[str, Any] = {"actor": person_for(request), "address": client_address(request)}
    given = request.FILES.get("logo")
    try:
        if request.POST.get("remove"):
            branding.remove_logo(tenant=tenant, **who)
        elif given is None:
            raise ValidationError(_("Choose a picture first."), code="logo_missing")
        else:
            branding.set_logo(tenant=tenant, content=given.read(branding.LARGEST_FILE + 1), **who)
    except ValidationError as error:
        asked = {name: getattr(tenant, name) for name in FIELDS}
        return _page(request, asked, wrong={"logo": " ".join(error.messages)}, code=error.code or "")
    messages.success(request, _("Saved."))
    return redirect("branding")


def logo(request: HttpRequest, logo_hash: str) -> HttpResponse:
    """The tenant's logo, for everyone who sees its sign-in page. The address names the content: any cache may keep it."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    found = Logo.objects.filter(tenant=tenant, tenant__logo_hash=logo_hash).first() if tenant else None
    if found is None:
        raise Http404
    kept = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Security-Policy": "sandbox"}
    return HttpResponse(bytes(found.png), content_type="image/png", headers=kept)


def contrast_of(colour: str) -> list[dict[str, object]]:
    """For either paper: the ratio, and what is shown where that is too little; nothing for what is no colour."""
    colour = colour.lower()
    if not _COLOUR.fullmatch(colour):
        return []
    is_house = colour == HOUSE
    return [
        {
            "is_night": paper == DARK,
            "ratio": f"{contrast(colour, paper):.1f}",
            "is_enough": contrast(colour, paper) >= ENOUGH,
            "shown": HOUSE_BY_NIGHT if is_house and paper == DARK else readable(colour, paper),
        }
        for paper in (LIGHT, DARK)
    ]


def _page(
    request: HttpRequest, asked: dict[str, Any], *, wrong: dict[str, str] | None = None, code: str = ""
) -> HttpResponse:
    context = {
        "section": "branding",
        "asked": asked,
        "wrong": wrong or {},
        "code": code,
        "papers": contrast_of(str(asked["accent"])),
    }
    return render(request, "tenants/branding.html", context, status=422 if wrong else 200)
