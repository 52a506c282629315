"""A provider says nothing of people between sign-ins: how long one counts, for sessions, roles and tokens."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.test import Client, RequestFactory
from django.utils import timezone

from tenants import tokens
from tenants.models import Directory, IdentityProvider, Membership, Tenant, User
from tenants.oidc.admit import sign_in
from tenants.roles import Role
from tests.people import person

ACME = {"host": "acme.localhost"}


@pytest.fixture
def source(acme: Tenant) -> IdentityProvider:
    return IdentityProvider.unscoped.create(
        tenant=acme, name="Staff", issuer="https://x.example", group_roles={"builders": "builder"},
        session_hours=8, vouched_days=10,
    )  # fmt: skip


@pytest.fixture
def fry(source: IdentityProvider) -> User:
    return vouched(source)


def vouched(source: IdentityProvider) -> User:
    """As after an answer of the provider."""
    return sign_in(provider=source, said={"id_token": {"sub": "7", "name": "Fry", "groups": ["builders"]}})


def browser_of(user: User, backend: str = "tenants.signin.ProviderBackend") -> Client:
    client = Client(headers=ACME)
    client.get("/accounts/login/")
    request = RequestFactory().get("/", headers=ACME)
    request.session, request.tenant = client.session, Tenant.objects.get(slug="acme")
    login(request, user, backend=backend)
    request.session.save()
    client.cookies["assay_session"] = request.session.session_key
    return client


def status(client: Client) -> int:
    return client.get("/images/").status_code


def test_a_session_ends_so_many_hours_after_the_sign_in_used_or_not(fry: User):
    browser = browser_of(fry)
    for hours, code in ((0, 200), (4, 200), (7.9, 200), (8.1, 302)):
        with time_machine.travel(timezone.now() + timedelta(hours=hours)):
            assert status(browser) == code


def test_a_session_of_anyone_else_is_not_ended_by_that(acme: Tenant, alice: User):
    browser = browser_of(alice, "tenants.signin.PlatformBackend")
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert status(browser) == 200


def test_roles_and_tokens_rest_until_the_person_signs_in_again(acme: Tenant, source, fry: User):
    secret = tokens.issue(user=fry, tenant=acme, name="ci", actions=["pull"], days=90)[1]
    with time_machine.travel(timezone.now() + timedelta(days=9)):
        assert tokens.authenticate(secret) is not None
    with time_machine.travel(timezone.now() + timedelta(days=11)):
        assert Membership.objects.of(fry, acme) is None
        assert tokens.authenticate(secret) is None
        vouched(source)
        assert tokens.authenticate(secret) is not None


def test_people_of_directories_and_of_the_portal_do_not_rest(acme: Tenant, alice: User):
    directory = Directory.unscoped.create(tenant=acme, name="LDAP", uris="ldap://x", user_base="dc=x")
    hermes = User.objects.create(login="1:uuid", directory=directory)
    Membership.objects.create(user=hermes, tenant=acme, role=Role.VIEWER, directory=directory)
    with time_machine.travel(timezone.now() + timedelta(days=900)):
        for user in (alice, hermes):
            assert Membership.objects.of(user, acme) is not None


def test_a_membership_from_before_counts_from_when_it_began(acme: Tenant, source, fry: User):
    Membership.objects.update(vouched_at=None)
    assert Membership.objects.of(fry, acme) is not None
    Membership.objects.update(created_at=timezone.now() - timedelta(days=10, minutes=1))
    assert Membership.objects.of(fry, acme) is None


def test_the_pages_say_who_has_access_why_and_until_when(signed_in, alice: User, source, fry: User):
    browser = signed_in(alice)
    page = browser.get(f"/settings/providers/{source.pk}/").content.decode()
    until = timezone.now() + timedelta(days=10)
    for word in ("Who has access now", "Fry", "builders", f"{until.day} {until:%b %Y}"):
        assert word in page
    Membership.objects.update(vouched_at=timezone.now() - timedelta(days=11))
    assert "resting" in browser.get(f"/settings/providers/{source.pk}/").content.decode()
    assert "resting until they sign in" in browser.get("/settings/team/").content.decode()


def test_asking_for_many_people_costs_no_more_queries(
    signed_in, alice, source, fry, django_assert_num_queries
):
    browser = signed_in(alice)
    browser.get(f"/settings/providers/{source.pk}/")
    with django_assert_num_queries(7):
        browser.get(f"/settings/providers/{source.pk}/")
    for number in range(5):
        sign_in(provider=source, said={"id_token": {"sub": f"n{number}", "groups": ["builders"]}})
    with django_assert_num_queries(7):
        browser.get(f"/settings/providers/{source.pk}/")


@pytest.mark.parametrize(
    "wrong", [{"session_hours": 0}, {"session_hours": 337}, {"vouched_days": 0}, {"vouched_days": 366}]
)
def test_neither_lasts_for_ever(source: IdentityProvider, wrong: dict[str, int]):
    for name, value in wrong.items():
        setattr(source, name, value)
    with pytest.raises(ValidationError):
        source.clean_fields()


def test_whose_membership_names_no_provider_has_no_role(acme: Tenant, fry: User):
    Membership.objects.update(provider=None)
    assert Membership.objects.of(fry, acme) is None
    assert Membership.objects.of(person("bob", acme), acme) is not None
