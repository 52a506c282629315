"""A person's own access tokens: make one, see its secret once, rotate it, revoke it.

Not in charge of what a token may do (`tenants.tokens`).
"""

from __future__ import annotations

import shlex
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tenants import tokens
from tenants.access import person_for, tenant_for
from tenants.models import AccessToken, Membership, Tenant, User
from tenants.models.token import ACTION_NEEDS
from tenants.roles import Permission, role_may
from tenants.sessions import client_address

LABELS = {
    "pull": gettext_lazy("Pull images and charts"),
    "push": gettext_lazy("Push to the tenant's own repositories"),
    "build": gettext_lazy("Order golden images by the API"),
    "manage": gettext_lazy("Manage repositories, tags and pins by the API"),
}
LIFETIMES = (7, 30, 90, 365)
DAYS = 90


@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """The list and the form; POST makes a token and shows its secret this once."""
    tenant = tenant_for(request, Permission.TOKEN_MANAGE_OWN)
    person = person_for(request)
    context: dict[str, Any] = {"asked": _asked(request)}
    if request.method == "POST":
        try:
            made, secret = tokens.issue(
                user=person, tenant=tenant, address=client_address(request), **context["asked"]
            )
        except tokens.TokenRefused as refused:
            context["refused"] = refused
        else:
            context |= _once(request, person, made, secret)
    return render(request, "tenants/tokens.html", context | _shown(tenant, person))


@never_cache
@require_POST
def rotate(request: HttpRequest, token_id: int) -> HttpResponse:
    """A new secret for one of the person's own tokens; the former works on for a while."""
    tenant, person, token = _own(request, token_id)
    context: dict[str, Any] = {"asked": _blank()}
    try:
        made, secret = tokens.rotate(token=token, actor=person, address=client_address(request))
    except tokens.TokenRefused as refused:
        context["refused"] = refused
    else:
        context |= _once(request, person, made, secret) | {"hours": tokens.OVERLAP // timedelta(hours=1)}
    return render(request, "tenants/tokens.html", context | _shown(tenant, person))


@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one of the person's own tokens."""
    _tenant, person, token = _own(request, token_id)
    tokens.revoke(token=token, actor=person, address=client_address(request))
    messages.success(request, _("“%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("tokens")


def _own(request: HttpRequest, token_id: int) -> tuple[Tenant, User, AccessToken]:
    """One of the person's own tokens here. Raises as `tenant_for`."""
    tenant = tenant_for(request, Permission.TOKEN_MANAGE_OWN)
    person = person_for(request)
    found = AccessToken.objects.filter(pk=token_id, user=person, tenant=tenant)
    token = found.select_related("tenant", "user").first()
    if token is None:
        raise Http404
    return tenant, person, token


def _once(request: HttpRequest, person: User, made: AccessToken, secret: str) -> dict[str, Any]:
    """What a page shows of a secret this one time."""
    return {"made": made, "secret": secret, "login_line": _login_line(request, person), "asked": _blank()}


def _shown(tenant: Tenant, person: User) -> dict[str, Any]:
    membership = Membership.objects.of(person, tenant)
    role = membership.role if membership else ""
    live = AccessToken.objects.filter(user=person, revoked_at=None).order_by("-created_at")
    actions = [(name, LABELS[name]) for name, needed in ACTION_NEEDS.items() if role_may(role, needed)]
    return {"section": "tokens", "tokens": live, "actions": actions, "lifetimes": LIFETIMES}


def _login_line(request: HttpRequest, person: User) -> str:
    """What to type; clients ask for the secret, so that it stands in no history of a shell."""
    name = person.email or person.directory_login
    return f"docker login {request.get_host()} -u {shlex.quote(name)}"


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What was posted, as `tokens.issue` takes it; a lifetime that is no number counts as none."""
    if request.method != "POST":
        return _blank()
    posted = request.POST
    days = posted.get("days", "")
    return {
        "name": posted.get("name", "").strip()[:200],
        "actions": posted.getlist("actions"),
        "repositories": posted.get("repositories", "").strip()[:300] or "*",
        "days": int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0,
    }


def _blank() -> dict[str, Any]:
    return {"name": "", "actions": ["pull"], "repositories": "*", "days": DAYS}
