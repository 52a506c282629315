"""Invitations: sent again or taken back by those who manage members, and the page that the link opens."""

from __future__ import annotations

from collections.abc import Callable

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tenants import invitations
from tenants.access import person_for, tenant_for
from tenants.models import Invitation, Tenant, User
from tenants.roles import Permission
from tenants.sessions import client_address


def link_for(request: HttpRequest) -> Callable[[str], str]:
    """Addresses on the very host where somebody invites."""
    return lambda secret: request.build_absolute_uri(reverse("invitation", kwargs={"secret": secret}))


@require_POST
def resend(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Send a new link."""
    invitation = _invitation(request, invitation_id)
    try:
        invitations.resend(
            invitation=invitation,
            actor=person_for(request),
            link=link_for(request),
            address=client_address(request),
        )
    except (ValidationError, invitations.NotSent) as refusal:
        messages.error(request, " ".join(getattr(refusal, "messages", [str(refusal)])))
    else:
        messages.success(request, _("A new link is on its way to %(who)s.") % {"who": invitation})
    return redirect("team")


@require_POST
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Take it back."""
    invitation = _invitation(request, invitation_id)
    invitations.revoke(invitation=invitation, actor=person_for(request), address=client_address(request))
    messages.success(request, _("The invitation of %(who)s is taken back.") % {"who": invitation})
    return redirect("team")


@never_cache
@sensitive_post_parameters("password")
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """What the link opens: join with the account that is signed in, or make one. Joining takes a POST."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    found = invitations.find(tenant=tenant, secret=secret) if tenant else None
    if found is None:
        return render(request, "tenants/invitation_gone.html", status=404)
    user = request.user if isinstance(request.user, User) else None
    is_other = user is not None and user.login != found.email
    if request.method != "POST" or is_other or (user is None and invitations.account_of(found) is not None):
        return _page(request, found)
    try:
        if user is not None:
            invitations.join(invitation=found, user=user, address=client_address(request))
            return redirect("home")
        made = invitations.join_as_new(
            invitation=found,
            name=request.POST.get("name", "")[:150],
            password=request.POST.get("password", "")[:500],
            address=client_address(request),
        )
    except ValidationError as refusal:
        return _page(request, found, refusal)
    record_authentication(request, made, "password")
    answer: HttpResponse = perform_login(request, made, email_verification="none")
    return answer


def _page(request: HttpRequest, found: Invitation, refusal: ValidationError | None = None) -> HttpResponse:
    wrong: dict[str, list[str]] = {}
    if refusal is not None and hasattr(refusal, "error_dict"):
        wrong, refusal = refusal.message_dict, None
    user = request.user if isinstance(request.user, User) else None
    context = {
        "invitation": found,
        "has_account": user is not None or invitations.account_of(found) is not None,
        "is_other": user is not None and user.login != found.email,
        "asked": request.POST.get("name", ""),
        "wrong": {field: " ".join(said) for field, said in wrong.items()},
        "refusal": refusal,
        "refused": " ".join(refusal.messages) if refusal else "",
    }
    return render(request, "tenants/invitation.html", context, status=422 if wrong or refusal else 200)


def _invitation(request: HttpRequest, invitation_id: int) -> Invitation:
    tenant = tenant_for(request, Permission.MEMBER_MANAGE)
    found = (
        Invitation.unscoped.open().filter(tenant=tenant, pk=invitation_id).select_related("tenant").first()
    )
    if found is None:
        raise Http404
    return found
