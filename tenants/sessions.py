"""Sessions stay on the host where they began, and sign-ins are written to the audit trail.

Cookies are host-only already; this also refuses a cookie that someone carried to another host by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tenants import audit, sso
from tenants.addresses import normal_host
from tenants.models import Tenant, User

_HOST = "signed_in_on"


class SessionHostMiddleware:
    """Treats a session that began on another host as none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began_on = request.session.get(_HOST)
        if began_on is not None and began_on != host_of(request):
            request.user = AnonymousUser()
            # allauth and DRF read the user through the session as well: give them an empty one to fill.
            request.session = type(request.session)()
        return self.get_response(request)


def host_of(request: HttpRequest) -> str:
    return normal_host(request.META.get("HTTP_HOST", ""))


@receiver(user_logged_in, dispatch_uid="tenants.sessions")
def begin(sender: Any, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    """Bind the new session to its host and record the sign-in."""
    if request is None:
        return
    if host := host_of(request):  # always there on a served request: none is answered 421
        request.session[_HOST] = host
    tenant: Tenant | None = getattr(request, "tenant", None)
    if user.provider is not None:  # it is asked at a sign-in alone
        request.session.set_expiry(timezone.now() + timedelta(hours=user.provider.session_hours))
    if user.is_of_platform:
        sso.note_emergency(user=user, tenant=tenant, address=client_address(request))
    audit.record(
        tenant=tenant,
        actor=user,
        verb="person.signed_in",
        object=user.directory_login or user.email,
        address=client_address(request),
        data={"host": host, "directory": user.directory_id},
    )


def client_address(request: HttpRequest) -> str:
    """The network address of whoever speaks to the web process."""
    return str(request.META.get("REMOTE_ADDR", ""))


@receiver(user_login_failed, dispatch_uid="tenants.sessions.failed")
def note_failure(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Record a failed sign-in (allauth limits how many there can be)."""
    if request is None:
        return
    audit.record(
        tenant=getattr(request, "tenant", None),
        actor="anonymous",
        verb="person.sign_in_failed",
        object=str(credentials.get("username") or credentials.get("email") or ""),
        address=client_address(request),
        data={"host": host_of(request)},
    )
