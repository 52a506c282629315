"""The people of a tenant: who is in, as what, and since when. For those who manage members.

Not in charge of the rules (`tenants.members`): an owner always remains, a directory's roles are its own.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tenants.access import person_for, tenant_for
from tenants.invitations import NotSent, invite
from tenants.members import LastOwner, change_role, remove_member
from tenants.models import Invitation, Membership, Tenant
from tenants.pages.invitations import link_for
from tenants.roles import Permission, Role
from tenants.sessions import client_address

#: Visits of platform support that the page lists.
VISITS = 20
#: What each role may do, in a sentence.
MAY = {
    Role.OWNER: gettext_lazy("everything, people and directories included"),
    Role.ADMIN: gettext_lazy("everything an owner may"),
    Role.BUILDER: gettext_lazy("pulls, pushes and makes golden images"),
    Role.VIEWER: gettext_lazy("sees and pulls"),
    Role.AUDITOR: gettext_lazy("sees images and the audit trail, pulls nothing"),
}


def index(request: HttpRequest) -> HttpResponse:
    """Everyone, open invitations, and the form that invites."""
    tenant = tenant_for(request, Permission.MEMBER_MANAGE)
    if request.method == "POST":
        return _invite(request, tenant)
    return _page(request, tenant)


@require_POST
def change(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Give a member another role."""
    tenant = tenant_for(request, Permission.MEMBER_MANAGE)
    membership = _membership(tenant, membership_id)
    try:
        change_role(
            membership=membership,
            role=request.POST.get("role", ""),
            actor=person_for(request),
            address=client_address(request),
        )
    except (LastOwner, ValidationError) as error:
        messages.error(request, _sentence(error))
    else:
        said = _("%(who)s is %(role)s now.")
        messages.success(request, said % {"who": membership.user, "role": membership.get_role_display()})
    return redirect("team")


def remove(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Ask first (GET), then take a member out (POST)."""
    tenant = tenant_for(request, Permission.MEMBER_MANAGE)
    membership = _membership(tenant, membership_id)
    if request.method != "POST":
        return render(request, "tenants/member_remove.html", {"section": "team", "member": membership})
    who = str(membership.user)
    try:
        remove_member(membership=membership, actor=person_for(request), address=client_address(request))
    except LastOwner as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(who)s is out, and their tokens are revoked.") % {"who": who})
    return redirect("team")


def _invite(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    asked = {name: request.POST.get(name, "").strip()[:254] for name in ("email", "role")}
    try:
        made = invite(
            tenant=tenant,
            actor=person_for(request),
            link=link_for(request),
            address=client_address(request),
            **asked,
        )
    except ValidationError as error:
        code = str(getattr(error, "code", "") or "invalid")
        field = "role" if code == "role" else "email"
        return _page(request, tenant, asked=asked, wrong={field: _sentence(error)}, code=code)
    except NotSent as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("A link is on its way to %(who)s.") % {"who": made})
    return redirect("team")


def _page(request: HttpRequest, tenant: Tenant, **context: Any) -> HttpResponse:
    members = Membership.objects.filter(tenant=tenant).select_related("user", "directory", "provider")
    context |= {
        "section": "team",
        "members": members.order_by("user__name", "user__login"),
        "invitations": Invitation.unscoped.open().filter(tenant=tenant).order_by("-created_at"),
        "visits": tenant.support_visits.select_related("user").order_by("-began_at")[:VISITS],
        "roles": [(role, role.label, MAY[role]) for role in Role],
    }
    context.setdefault("asked", {"role": Role.VIEWER})
    return render(request, "tenants/team.html", context, status=422 if context.get("wrong") else 200)


def _membership(tenant: Tenant, membership_id: int) -> Membership:
    found = Membership.objects.filter(tenant=tenant, pk=membership_id).select_related("user").first()
    if found is None:
        raise Http404
    return found


def _sentence(error: LastOwner | ValidationError) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
