"""Who may do what: the first line of every view.

"Not yours" and "not there" are one answer, 404. An anonymous visitor is sent to the sign-in page.
Not in charge of which tenant an address names: see `tenants.addresses`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants.models import AccessToken, Membership, PlatformMembership, SupportVisit, Tenant, User
from tenants.roles import (
    OPEN_TO_EVERYONE,
    PERMISSIONS,
    PLATFORM_PERMISSIONS,
    Permission,
    PlatformPermission,
    PlatformRole,
    Role,
    rights_of_visitor,
)

if TYPE_CHECKING:  # rest_framework.views reads settings that name classes which import this module
    from rest_framework.views import APIView


class SignInNeeded(Exception):
    """An anonymous visitor asked for a page that needs a person."""

    code = "sign_in_needed"


def may(user: User | AnonymousUser, tenant: Tenant, permission: Permission) -> bool:
    """Whether `user` holds `permission` in `tenant`."""
    return permission in rights_of(user, tenant)


def rights_of(user: User | AnonymousUser, tenant: Tenant) -> frozenset[Permission]:
    """All that `user` may do in `tenant`."""
    return standing_of(user, tenant).rights


@dataclass(frozen=True, slots=True)
class Standing:
    """What someone may do in a tenant, and the visit of support that gives it, where one does."""

    rights: frozenset[Permission] = frozenset()
    visit: SupportVisit | None = None


def standing_of(user: User | AnonymousUser, tenant: Tenant) -> Standing:
    """By membership; else, for someone of the platform, by a visit under way. Otherwise what is open to everyone."""
    everyone = Standing(OPEN_TO_EVERYONE if tenant.is_open and tenant.is_active else frozenset())
    if not tenant.is_active or not user.is_authenticated or not user.is_active:
        return everyone
    membership = Membership.objects.of(user, tenant)
    if membership is not None:
        return Standing(PERMISSIONS[Role(membership.role)])
    visit = SupportVisit.objects.of(user, tenant).in_force().order_by("-began_at").first()
    return Standing(rights_of_visitor(visit.role), visit) if visit else everyone


def tenant_for(request: HttpRequest, permission: Permission) -> Tenant:
    """The tenant of this address, for a visitor who holds `permission` there.

    Raises SignInNeeded for an anonymous visitor, Http404 for everyone else, without that right.
    """
    tenant: Tenant | None = getattr(request, "tenant", None)
    if tenant is None:
        raise Http404
    if permission not in standing_at(request, tenant).rights:
        if not request.user.is_authenticated:
            raise SignInNeeded
        raise Http404
    return tenant


def standing_at(request: HttpRequest, tenant: Tenant) -> Standing:
    """`standing_of` the visitor, found out once for a request."""
    known: Standing | None = getattr(request, "standing", None)
    if known is None:
        known = standing_of(request.user, tenant)
        request.standing = known  # type: ignore[attr-defined]
    return known


def person_for(request: HttpRequest) -> User:
    """The signed-in person. Raises SignInNeeded."""
    if not isinstance(request.user, User):
        raise SignInNeeded
    return request.user


def platform_for(request: HttpRequest, permission: PlatformPermission) -> User:
    """The person who asks, on the portal host outside any tenant, and holds `permission` on the platform.

    Otherwise as `tenant_for`.
    """
    if getattr(request, "tenant", None) is not None:
        raise Http404
    user = person_for(request)
    if permission not in platform_rights_at(request):
        raise Http404
    return user


def platform_rights_at(request: HttpRequest) -> frozenset[PlatformPermission]:
    """`platform_rights_of` the visitor, found out once for a request; none for a stranger or on a tenant's address."""
    known: frozenset[PlatformPermission] | None = getattr(request, "platform_rights", None)
    if known is None:
        is_elsewhere = getattr(request, "tenant", None) is not None
        user = request.user
        known = platform_rights_of(user) if isinstance(user, User) and not is_elsewhere else frozenset()
        request.platform_rights = known  # type: ignore[attr-defined]
    return known


def platform_rights_of(user: User) -> frozenset[PlatformPermission]:
    """All that `user` may do on the platform itself."""
    found = PlatformMembership.objects.filter(user=user).first() if user.is_active else None
    return PLATFORM_PERMISSIONS[PlatformRole(found.role)] if found else frozenset()


class SignInMiddleware:
    """Turns SignInNeeded into a redirect to the sign-in page that remembers where the visitor was going."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, SignInNeeded):
            return None
        back = request.get_full_path() if request.method == "GET" else reverse("home")
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': back})}")


def needs(permission: Permission) -> type[BasePermission]:
    """A DRF permission class: 401 for anonymous callers, 404 for those without `permission` here.

    A caller with an access token needs the permission by role and by the token's own actions.
    """

    class TenantPermission(BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            if not request.user.is_authenticated:
                return False
            tenant: Tenant | None = getattr(request, "tenant", None)
            if tenant is None or not may(request.user, tenant, permission):
                raise Http404
            token = request.auth
            if isinstance(token, AccessToken) and not token_reaches(token, tenant, permission):
                raise Http404
            return True

    return TenantPermission


def platform_needs(permission: PlatformPermission) -> type[BasePermission]:
    """A DRF permission class: 401 for anonymous callers, 404 for those without `permission` on the platform.

    Access tokens are a tenant's, so they open nothing here: it takes a session.
    """

    class PlatformAdminPermission(BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            if not request.user.is_authenticated:
                return False
            is_elsewhere = getattr(request, "tenant", None) is not None or request.auth is not None
            if is_elsewhere or permission not in platform_rights_of(request.user):
                raise Http404
            return True

    return PlatformAdminPermission


_ACTION_GIVES: dict[str, frozenset[Permission]] = {
    "pull": frozenset({Permission.IMAGE_VIEW, Permission.IMAGE_PULL}),
    "push": frozenset({Permission.IMAGE_PUSH}),
    "manage": frozenset({Permission.IMAGE_VIEW, Permission.REPOSITORY_MANAGE}),
    "build": frozenset({Permission.IMAGE_VIEW, Permission.RECIPE_EDIT, Permission.BUILD_START}),
}


def token_reaches(token: AccessToken, tenant: Tenant, permission: Permission) -> bool:
    """Whether the token's own scope covers `permission` in `tenant`, whatever its owner's role."""
    given = [_ACTION_GIVES.get(str(action), frozenset()) for action in token.actions]
    return token.tenant_id == tenant.pk and any(permission in each for each in given)
