"""Who sees what: "not yours" and "not there" are one answer."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.test import RequestFactory
from rest_framework.exceptions import NotAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from tenants import tokens
from tenants.access import SignInNeeded, may, needs, platform_for, tenant_for
from tenants.models import Membership, Tenant, User
from tenants.roles import PERMISSIONS, Permission, PlatformPermission, Role


def asked(user, tenant: Tenant | None) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user, request.tenant = user, tenant
    return request


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("permission", list(Permission))
def test_a_role_carries_exactly_its_permissions(acme: Tenant, bob: User, role, permission):
    Membership.objects.filter(user=bob).update(role=role)
    assert may(bob, acme, permission) is (permission in PERMISSIONS[role])


def test_a_member_is_given_the_tenant_of_the_address(acme: Tenant, bob: User):
    assert tenant_for(asked(bob, acme), Permission.IMAGE_VIEW) == acme


def test_an_outsider_and_a_missing_tenant_are_answered_alike(acme: Tenant, charlie: User):
    for tenant in (acme, None):
        with pytest.raises(Http404):
            tenant_for(asked(charlie, tenant), Permission.IMAGE_VIEW)


def test_an_anonymous_visitor_is_asked_to_sign_in(acme: Tenant):
    with pytest.raises(SignInNeeded):
        tenant_for(asked(AnonymousUser(), acme), Permission.IMAGE_VIEW)


def test_a_deactivated_person_has_no_rights(acme: Tenant, alice: User):
    alice.is_active = False
    assert not may(alice, acme, Permission.IMAGE_VIEW)


def test_a_platform_admin_has_no_rights_inside_a_tenant(acme: Tenant, petra: User):
    assert platform_for(asked(petra, None), PlatformPermission.TENANT_EDIT) == petra
    assert not may(petra, acme, Permission.IMAGE_VIEW)


def test_platform_pages_exist_for_platform_admins_on_the_portal_only(acme: Tenant, alice: User, petra: User):
    for user, tenant in ((alice, None), (petra, acme)):
        with pytest.raises(Http404):
            platform_for(asked(user, tenant), PlatformPermission.TENANT_VIEW)


class Probe(APIView):
    permission_classes = [needs(Permission.BUILD_START)]

    def get(self, request):
        return Response("built")

    def handle_exception(self, exc):
        raise exc


def call(tenant: Tenant | None, bearer: str = ""):
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    request = APIRequestFactory().get("/", headers=headers)
    request.tenant = tenant
    return Probe.as_view()(request)


def test_the_api_takes_a_token_whose_role_and_actions_suffice(acme: Tenant, bob: User):
    _, secret = tokens.issue(user=bob, tenant=acme, name="ci", actions=["build"])
    assert call(acme, secret).data == "built"


def test_a_token_without_the_action_finds_nothing(acme: Tenant, bob: User):
    _, secret = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"])
    with pytest.raises(Http404):
        call(acme, secret)


def test_a_token_of_one_tenant_finds_nothing_in_another_of_the_same_person(
    acme: Tenant, globex: Tenant, bob: User
):
    Membership.objects.create(user=bob, tenant=globex, role=Role.OWNER)
    _, secret = tokens.issue(user=bob, tenant=acme, name="ci", actions=["build"])
    with pytest.raises(Http404):
        call(globex, secret)


def test_the_api_asks_anonymous_callers_for_credentials(acme: Tenant):
    with pytest.raises(NotAuthenticated):
        call(acme)
