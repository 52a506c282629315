"""End a visit of platform support: the visitor leaves, or the tenant shows them out."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenants import support
from tenants.access import SignInNeeded, may
from tenants.models import SupportVisit, User
from tenants.roles import Permission
from tenants.sessions import client_address


@require_POST
def end_visit(request: HttpRequest, visit_id: int) -> HttpResponse:
    """For the visitor, and for those who manage the tenant's people."""
    person, visit = _own_or_managed(request, visit_id)
    support.end(visit=visit, actor=person, address=client_address(request))
    if visit.user_id == person.pk:
        return redirect("/")
    messages.success(request, _("The visit of %(who)s is over.") % {"who": visit.user})
    return redirect("team")


def _own_or_managed(request: HttpRequest, visit_id: int) -> tuple[User, SupportVisit]:
    tenant = getattr(request, "tenant", None)
    if not isinstance(request.user, User):
        raise SignInNeeded
    visit = SupportVisit.objects.filter(tenant=tenant, pk=visit_id).select_related("user").first()
    if visit is None or tenant is None:
        raise Http404
    if visit.user_id != request.user.pk and not may(request.user, tenant, Permission.MEMBER_MANAGE):
        raise Http404
    return request.user, visit
