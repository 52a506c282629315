"""A tenant that requires single sign-on: passwords open nothing, an owner marked for emergencies still gets in."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client

from tenants import sso, tokens
from tenants.access import may
from tenants.directory import settings as directory_settings
from tenants.members import LastOwner, change_role, remove_member
from tenants.models import AuditEntry, Directory, IdentityProvider, Membership, Tenant, User
from tenants.oidc import settings as provider_settings
from tenants.roles import Permission, Role
from tests.people import PASSWORD, person

ACME = {"host": "acme.localhost"}
BY_PATH = {"host": "localhost"}


@pytest.fixture
def source(acme: Tenant) -> IdentityProvider:
    return IdentityProvider.unscoped.create(
        tenant=acme, name="Staff", issuer="https://x.example", client_id="assay", default_role="viewer"
    )


def give_second_factor(user: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def owner_of(tenant: Tenant, user: User) -> Membership:
    return Membership.objects.get(user=user, tenant=tenant)


@pytest.fixture
def secret(acme: Tenant, alice: User) -> str:
    """Of the authenticator app of alice, who is marked."""
    made = give_second_factor(alice)
    sso.mark(membership=owner_of(acme, alice), actor="tests")
    return made


@pytest.fixture
def required(acme: Tenant, source, secret: str) -> Tenant:
    cache.clear()
    sso.require(tenant=acme, actor="tests")
    return acme


def sign_in(client: Client, user: User, headers=ACME, prefix: str = "") -> str:
    """Where the password leads, or what the page says."""
    typed = {"login": user.email, "password": PASSWORD}
    answer = client.post(f"{prefix}/accounts/login/", typed, headers=headers)
    return answer.get("Location", "") or answer.content.decode()


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(counters()))))


def test_it_takes_a_source_and_an_owner_for_emergencies(acme: Tenant, alice: User, bob: User):
    with pytest.raises(ValidationError) as refused:
        sso.require(tenant=acme, actor=alice)
    assert refused.value.code == "sso_no_source"
    Directory.unscoped.create(tenant=acme, name="LDAP", uris="ldap://127.0.0.1:1", user_base="dc=x")
    with pytest.raises(ValidationError) as refused:
        sso.require(tenant=acme, actor=alice)
    assert refused.value.code == "sso_no_emergency_owner"
    with pytest.raises(ValidationError) as refused:
        sso.mark(membership=owner_of(acme, alice), actor=alice)
    assert refused.value.code == "sso_no_second_factor"
    with pytest.raises(ValidationError) as refused:
        sso.mark(membership=owner_of(acme, bob), actor=alice)
    assert refused.value.code == "sso_not_an_owner"
    give_second_factor(alice)
    sso.mark(membership=owner_of(acme, alice), actor=alice)
    sso.require(tenant=acme, actor=alice)
    verbs = AuditEntry.objects.filter(tenant=acme, verb__startswith="sign_in.").values_list("verb", flat=True)
    assert sorted(verbs) == ["sign_in.emergency_owner_marked", "sign_in.sso_required"]


@pytest.mark.parametrize(("headers", "prefix"), [(ACME, ""), (BY_PATH, "/acme")])
def test_a_password_is_refused_at_every_address_of_the_tenant(client, required, bob: User, headers, prefix):
    assert "single sign-on alone" in sign_in(client, bob, headers, prefix)
    assert "_auth_user_id" not in client.session


def test_what_was_begun_or_issued_before_is_void_at_once(client, acme: Tenant, source, secret, bob: User):
    token = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"])[1]
    cache.clear()
    sign_in(client, bob)
    assert client.get("/images/", headers=ACME).status_code == 200
    sso.require(tenant=acme, actor="tests")
    assert client.get("/images/", headers=ACME).status_code == 404
    assert tokens.authenticate(token) is None
    sso.relax(tenant=acme, actor="tests")
    assert client.get("/images/", headers=ACME).status_code == 200
    assert tokens.authenticate(token) is not None


def test_signing_in_on_the_portal_host_is_no_way_around(client, required: Tenant, bob: User):
    sign_in(client, bob, BY_PATH)
    assert "_auth_user_id" in client.session
    assert client.get("/acme/images/", headers=BY_PATH).status_code == 404


def test_another_tenant_of_the_same_person_is_not_concerned(
    client, required: Tenant, bob: User, globex: Tenant
):
    Membership.objects.create(user=bob, tenant=globex, role=Role.VIEWER)
    assert sign_in(client, bob, {"host": "globex.localhost"}) == "/"
    assert may(bob, globex, Permission.IMAGE_PULL)


def test_people_of_the_provider_get_in(required: Tenant, source):
    fry = User.objects.create(login="key:fry", provider=source)
    Membership.objects.create(user=fry, tenant=required, role=Role.VIEWER, provider=source)
    assert may(fry, required, Permission.IMAGE_PULL)


def test_the_marked_owner_gets_in_with_both_and_it_is_told(
    client, required: Tenant, alice: User, secret: str
):
    assert sign_in(client, alice) == "/accounts/2fa/authenticate/"
    assert client.get("/images/", headers=ACME).status_code == 302, "the password alone opens nothing"
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}, headers=ACME)
    assert client.get("/settings/team/", headers=ACME).status_code == 200
    entry = AuditEntry.objects.get(tenant=required, verb="person.broke_glass")
    assert entry.actor == alice.email


def test_on_the_portal_host_it_is_told_as_well(client, required: Tenant, alice: User, secret: str):
    sign_in(client, alice, BY_PATH)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}, headers=BY_PATH)
    assert client.get("/acme/settings/team/", headers=BY_PATH).status_code == 200
    assert AuditEntry.objects.filter(tenant=required, verb="person.broke_glass").count() == 1


def test_a_second_factor_added_after_the_mark_does_not_count(client, required: Tenant, alice: User):
    Authenticator.objects.all().delete()
    give_second_factor(alice)  # as whoever found out the password would
    assert not may(alice, required, Permission.IMAGE_VIEW)
    assert "single sign-on alone" in sign_in(client, alice)


def test_an_emergency_owner_stays(required: Tenant, alice: User, source):
    alices = owner_of(required, alice)
    other = person("olga", required, Role.OWNER)
    with pytest.raises(ValidationError) as refused:
        sso.unmark(membership=alices, actor="tests")
    assert refused.value.code == "sso_last_marked"
    for verb in (remove_member, lambda **given: change_role(role=Role.VIEWER, **given)):
        with pytest.raises(LastOwner):
            verb(membership=alices, actor="tests")
    give_second_factor(other)
    sso.mark(membership=owner_of(required, other), actor="tests")
    change_role(membership=alices, role=Role.ADMIN, actor="tests")
    alices.refresh_from_db()
    assert alices.break_glass_at is None


@pytest.mark.parametrize("kind", ["provider", "directory"])
def test_the_last_way_in_stays_while_it_is_required(required: Tenant, source, kind: str):
    verbs, made = provider_settings, source
    if kind == "directory":
        verbs = directory_settings
        made = Directory.unscoped.create(
            tenant=required, name="LDAP", uris="ldap://x", user_base="dc=x", default_role="viewer"
        )
        provider_settings.remove(provider=source, actor="tests")  # there is the directory still
    for act in (lambda: verbs.remove(**{kind: made}, actor="tests"), lambda: switched_off(verbs, kind, made)):
        with pytest.raises(ValidationError) as refused:
            act()
        assert refused.value.code == "sso_last_source"
    type(made).unscoped.get(pk=made.pk, is_active=True)
    sso.relax(tenant=required, actor="tests")
    made.refresh_from_db()
    switched_off(verbs, kind, made)
    verbs.remove(**{kind: made}, actor="tests")


def switched_off(verbs, kind: str, made) -> None:
    made.is_active = False
    try:
        verbs.save(**{kind: made}, actor="tests")
    except ValidationError:
        made.is_active = True
        raise


def test_what_is_switched_off_may_go_while_it_is_required(required: Tenant, source):
    idle = IdentityProvider.unscoped.create(
        tenant=required, name="Old", issuer="https://y.example", default_role="viewer", is_active=False
    )
    provider_settings.remove(provider=idle, actor="tests")
    with pytest.raises(ValidationError):
        provider_settings.remove(provider=source, actor="tests")


def test_the_pages_say_why_the_last_way_in_stays(signed_in, required: Tenant, source, alice: User):
    browser = signed_in(alice)
    at = f"/settings/providers/{source.pk}/"
    page = browser.post(f"{at}remove/", follow=True).content.decode()
    assert "Allow passwords first" in page
    typed = {"name": "Staff", "issuer": "https://x.example", "client_id": "assay", "groups_claim": "groups",
             "default_role": "viewer", "session_hours": "12", "vouched_days": "30"}  # fmt: skip
    answer = browser.post(at, typed)
    assert (answer.status_code, "Allow passwords first" in answer.content.decode()) == (422, True)
    assert IdentityProvider.unscoped.get().is_active


def test_the_page_marks_and_requires_and_says_what_is_missing(signed_in, acme: Tenant, alice: User, source):
    browser = signed_in(alice)
    mine = owner_of(acme, alice)

    def post(path: str, **typed) -> str:
        return browser.post(f"/settings/providers/{path}", typed, follow=True).content.decode()

    assert "Mark an owner for emergencies first" in post("required", required="1")
    assert "They need an authenticator app" in post(f"owners/{mine.pk}", marked="1")
    give_second_factor(alice)
    post(f"owners/{mine.pk}", marked="1")
    assert "Allow passwords" in post("required", required="1")
    assert "One owner stays marked" in post(f"owners/{mine.pk}", marked="0")
    assert "Require single sign-on" in post("required", required="0")


def test_nobody_else_may_decide_it(signed_in, bob: User, charlie: User, acme: Tenant, alice: User):
    for user in (bob, charlie):
        for path in ("required", f"owners/{owner_of(acme, alice).pk}"):
            assert signed_in(user).post(f"/settings/providers/{path}", {"marked": "1"}).status_code == 404
    foreign = signed_in(charlie, "globex.localhost")
    assert foreign.post(f"/settings/providers/owners/{owner_of(acme, alice).pk}").status_code == 404


def test_the_sign_in_page_says_so(client: Client, required: Tenant):
    page = client.get("/accounts/login/", headers=ACME).content.decode()
    assert "By single sign-on alone" in page
    assert "Sign in with Staff" in page
