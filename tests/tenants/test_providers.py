"""Sign-in by OpenID Connect, with a real provider: django-allauth's own in another process, over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client

from tenants import tokens
from tenants.models import AuditEntry, IdentityProvider, Membership, Tenant, User
from tenants.oidc import settings as provider_settings
from tenants.oidc.admit import NotAdmitted, decide
from tenants.oidc.admit import sign_in as of_claims
from tenants.oidc.asking import Refused, Session
from tenants.oidc.check import check
from tenants.roles import Role
from tests.people import person
from tests.servers.provider import SECRET, Provider, provider
from tests.servers.running import any_port

pytestmark = pytest.mark.xdist_group("provider")
ROLES = {"builders": "builder", "admins": "admin"}


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with provider(tmp_path_factory.mktemp("provider")) as running:
        yield running


@pytest.fixture(autouse=True)
def _trusted(staff: Provider, settings):
    cache.clear()
    settings.ISSUER_CA_FILE = str(staff.authority)


def set_up(tenant: Tenant, staff: Provider, **settings) -> IdentityProvider:
    given = {
        "name": "Planet Express",
        "issuer": staff.issuer,
        "client_id": staff.client_id,
        "group_roles": ROLES,
    }
    made = IdentityProvider(tenant=tenant, **(given | settings))
    return provider_settings.save(provider=made, actor="tests", secret=SECRET)


@pytest.fixture
def ours(acme: Tenant, staff: Provider) -> IdentityProvider:
    made = set_up(acme, staff)
    staff.let_back_to(f"http://acme.localhost/accounts/oidc/{made.key}/login/callback/")
    return made


def begin(client: Client, made: IdentityProvider, host: str = "acme.localhost") -> HttpResponse:
    return client.get(f"/accounts/oidc/{made.key}/login/?process=login", headers={"host": host})


def sign_in(
    client: Client, made: IdentityProvider, staff: Provider, login: str, host: str = "acme.localhost"
):
    """The whole way, by a browser's own steps; gives the answer to the last of them."""
    back = staff.agree(begin(client, made, host)["Location"], login=login)
    parts = urlsplit(back)
    assert parts.hostname == host.partition(":")[0]
    return client.get(f"{parts.path}?{parts.query}", headers={"host": host}, follow=True)


def test_the_sign_in_page_of_the_tenant_offers_it_and_no_other_does(client: Client, ours, globex: Tenant):
    link = f"/accounts/oidc/{ours.key}/login/?process=login"
    for host, is_there in (("acme.localhost", True), ("globex.localhost", False), ("localhost", False)):
        page = client.get("/accounts/login/", headers={"host": host}).content.decode()
        assert (link in page, "Sign in with Planet Express" in page) == (is_there, is_there)


def test_a_person_gets_in_with_the_role_of_their_groups(client: Client, ours, staff: Provider):
    answer = sign_in(client, ours, staff, "fry")
    assert answer.redirect_chain[-1][0] == "/images/"
    user = User.objects.get(provider=ours)
    membership = user.memberships.get()
    assert (membership.role, membership.because, membership.provider) == ("builder", "builders", ours)
    assert (user.email, user.directory_login, user.has_usable_password()) == (
        "fry@planetexpress.com",
        "fry",
        False,
    )
    assert AuditEntry.objects.filter(tenant=ours.tenant, verb="person.signed_in", object="fry").exists()
    assert client.get("/images/", headers={"host": "acme.localhost"}).status_code == 200


def test_the_role_is_decided_anew_at_each_sign_in(client: Client, ours, staff: Provider):
    sign_in(client, ours, staff, "fry")
    ours.group_roles = {"staff": "viewer"}
    ours.save()
    sign_in(Client(), ours, staff, "fry")
    assert User.objects.get(provider=ours).memberships.get().role == "viewer"
    assert SocialAccount.objects.count() == 1


def test_whose_groups_give_no_role_stays_out_and_loses_what_they_had(client: Client, ours, staff: Provider):
    assert "none of your groups" in sign_in(client, ours, staff, "zoidberg").content.decode()
    assert not User.objects.filter(provider=ours).exists()
    sign_in(client, ours, staff, "fry")
    user = User.objects.get(provider=ours)
    secret = tokens.issue(user=user, tenant=ours.tenant, name="ci", actions=["pull"])[1]
    ours.group_roles = {"admins": "admin"}
    ours.save()
    sign_in(Client(), ours, staff, "fry")
    assert not Membership.objects.filter(user=user).exists()
    assert tokens.authenticate(secret) is None
    assert client.get("/images/", headers={"host": "acme.localhost"}).status_code == 302


def test_the_same_address_in_two_tenants_and_here_is_three_people(
    client: Client, ours, staff, globex: Tenant
):
    owner = person("fry", ours.tenant, Role.OWNER)
    User.objects.filter(pk=owner.pk).update(email="fry@planetexpress.com", login="fry@planetexpress.com")
    theirs = set_up(globex, staff, default_role="viewer", group_roles={})
    there = f"http://globex.localhost/accounts/oidc/{theirs.key}/login/callback/"
    staff.let_back_to(f"http://acme.localhost/accounts/oidc/{ours.key}/login/callback/", there)
    sign_in(client, ours, staff, "fry")
    sign_in(Client(), theirs, staff, "fry", "globex.localhost")
    assert User.objects.filter(email="fry@planetexpress.com").count() == 3
    assert Membership.objects.get(user=owner).role == Role.OWNER
    assert {each.memberships.get().tenant for each in User.objects.filter(provider__isnull=False)} == {
        ours.tenant, globex,
    }  # fmt: skip


@pytest.mark.parametrize("host", ["globex.localhost", "localhost"])
def test_a_provider_is_not_there_at_another_address(client: Client, ours, globex: Tenant, host: str):
    for path in ("login/", "login/callback/?code=x&state=y"):
        assert client.get(f"/accounts/oidc/{ours.key}/{path}", headers={"host": host}).status_code == 404


def test_an_answer_that_was_not_asked_for_lets_nobody_in(client: Client, ours, staff: Provider):
    back = staff.agree(begin(Client(), ours)["Location"], login="fry")
    parts = urlsplit(back)
    for query in (parts.query, parts.query.replace("code=", "code=0"), "error=access_denied"):
        answer = client.get(f"{parts.path}?{query}", headers={"host": "acme.localhost"}, follow=True)
        assert "did not let you in" in answer.content.decode()
    assert not User.objects.filter(provider=ours).exists()
    assert AuditEntry.objects.filter(tenant=ours.tenant, verb="person.sign_in_failed").count() == 3


def changed(address: str, **asked: str) -> str:
    """The address with some of what it asks for changed."""
    parts = urlsplit(address)
    return parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | asked)).geturl()


def said_to(client: Client, back: str) -> str:
    parts = urlsplit(back)
    answer = client.get(f"{parts.path}?{parts.query}", headers={"host": "acme.localhost"}, follow=True)
    return answer.content.decode()


def test_an_id_token_for_another_sign_in_lets_nobody_in(client: Client, ours, staff: Provider):
    asked = begin(client, ours)["Location"]
    back = staff.agree(changed(asked, nonce="anothers"), login="fry")
    assert "provider_nonce" in said_to(client, back)
    assert not User.objects.filter(provider=ours).exists()


def test_a_code_of_another_sign_in_is_worth_nothing(client: Client, ours, staff: Provider):
    code = dict(parse_qsl(urlsplit(staff.agree(begin(Client(), ours)["Location"], login="leela")).query))[
        "code"
    ]
    back = staff.agree(begin(client, ours)["Location"], login="fry")
    assert "did not let you in" in said_to(client, changed(back, code=code))
    assert not User.objects.filter(provider=ours).exists()


def test_an_answer_is_taken_once(client: Client, ours, staff: Provider):
    back = staff.agree(begin(client, ours)["Location"], login="fry")
    said_to(client, back)
    client.cookies.pop("assay_session")
    assert "did not let you in" in said_to(client, back)
    assert "did not let you in" in said_to(Client(), back)


def test_a_link_decides_nothing_of_what_the_provider_is_asked(client: Client, ours):
    link = f"/accounts/oidc/{ours.key}/login/?process=login"
    plain = client.get(link, headers={"host": "acme.localhost"})["Location"]
    extra = urlencode({"auth_params": "redirect_uri=https://evil.example&prompt=none", "scope": "admin"})
    forged = client.get(f"{link}&{extra}", headers={"host": "acme.localhost"})["Location"]
    secret = {"state", "nonce", "code_challenge"}
    one, other = (dict(parse_qsl(urlsplit(each).query)) for each in (plain, forged))
    assert secret < one.keys()
    assert one["code_challenge_method"] == "S256"
    for each in (one, other):
        each["scope"] = sorted(each["scope"].split())
        for name in secret:
            assert len(each.pop(name)) > 15
    assert one == other


def test_a_provider_that_calls_itself_otherwise_is_not_asked(client: Client, ours, staff: Provider):
    IdentityProvider.unscoped.update(issuer=staff.issuer + "/")
    page = client.get(begin(client, ours)["Location"], headers={"host": "acme.localhost"}).content.decode()
    assert "provider_issuer" in page


def test_a_wrong_secret_lets_nobody_in(client: Client, ours, staff: Provider):
    provider_settings.save(provider=ours, actor="tests", secret="another")
    assert "did not let you in" in sign_in(client, ours, staff, "fry").content.decode()


def test_switched_off_it_lets_nobody_in_and_its_people_out(client: Client, ours, staff: Provider):
    sign_in(client, ours, staff, "fry")
    secret = tokens.issue(
        user=User.objects.get(provider=ours), tenant=ours.tenant, name="ci", actions=["pull"]
    )[1]
    ours.is_active = False
    provider_settings.save(provider=ours, actor="tests")
    assert client.get("/images/", headers={"host": "acme.localhost"}).status_code == 302
    assert tokens.authenticate(secret) is None
    assert begin(client, ours).status_code == 404


def test_its_people_have_no_password_and_no_way_past_it(client: Client, ours, staff: Provider):
    sign_in(client, ours, staff, "fry")
    user = User.objects.get(provider=ours)
    user.set_password("sneaked in")
    user.save()
    for login in (user.login, user.email, "fry"):
        client.post(
            "/accounts/login/", {"login": login, "password": "sneaked in"}, headers={"host": "acme.localhost"}
        )
    assert not client.session.get("_auth_user_id") or client.session["_auth_user_backend"].endswith(
        "ProviderBackend"
    )
    fresh = Client()
    fresh.post(
        "/accounts/login/",
        {"login": user.login, "password": "sneaked in"},
        headers={"host": "acme.localhost"},
    )
    assert "_auth_user_id" not in fresh.session


def test_the_secret_is_sealed_and_given_to_no_other_issuer(ours, staff: Provider):
    kept = IdentityProvider.unscoped.get()
    assert SECRET not in kept.client_secret
    assert not SocialApp.objects.exists()
    kept.issuer = "https://login.example.com"
    with pytest.raises(ValidationError, match="Enter the secret again"):
        provider_settings.save(provider=kept, actor="tests")


def test_another_issuer_takes_the_people_of_the_former_with_it(client: Client, ours, staff: Provider):
    sign_in(client, ours, staff, "fry")
    ours.issuer = "https://login.example.com"
    provider_settings.save(provider=ours, actor="tests", secret="new")
    assert not User.objects.filter(provider=ours).exists()
    assert not SocialAccount.objects.exists()


def test_every_step_of_the_test_passes_with_a_provider_that_is_one(ours):
    assert [(each.name, each.state) for each in check(ours)] == [
        ("documents", "passed"), ("issuer", "passed"), ("endpoints", "passed"), ("keys", "passed"),
    ]  # fmt: skip


def test_the_test_says_where_it_went_wrong(ours, staff: Provider, settings):
    ours.issuer = staff.issuer + "/"
    assert [each.state for each in check(ours)] == ["passed", "failed", "skipped", "skipped"]
    ours.issuer = f"https://127.0.0.1:{any_port()}"
    assert check(ours)[0].code == "provider_unreachable"
    settings.ISSUER_CA_FILE = ""
    ours.issuer = staff.issuer
    assert "certificate does not fit" in check(ours)[0].said


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://127.0.0.1/", "provider_address"),
        ("https://name:secret@127.0.0.1/", "provider_address"),
        ("https://10.0.0.1/", "provider_address_refused"),
        ("https://nowhere.invalid/", "provider_unknown_host"),
        ("file:///etc/passwd", "provider_unreachable"),
    ],
)
def test_only_guarded_https_addresses_are_asked(address: str, code: str):
    with pytest.raises(Refused) as refused:
        Session().get(address)
    assert refused.value.code == code


def test_a_redirect_of_the_provider_is_not_followed(staff: Provider):
    with pytest.raises(Refused) as refused:
        Session().get(f"{staff.issuer}/accounts/")  # to the sign-in page
    assert refused.value.code in {"provider_redirects", "provider_answer"}


def test_answers_about_two_people_let_neither_in(ours):
    for said in (
        {"id_token": {"sub": "1"}, "userinfo": {"sub": "2"}},
        {"id_token": {"sub": "1"}, "userinfo": {"groups": ["admins"]}},
        {"userinfo": {"sub": "1", "groups": ["admins"]}},
        {},
    ):
        with pytest.raises(NotAdmitted) as refused:
            of_claims(provider=ours, said=said)
        assert refused.value.code == "provider_subject"


@pytest.mark.parametrize("groups", ["builders", ["builders"], ["nobody", "builders", "", None, {}]])
def test_groups_are_one_name_or_a_list_and_nothing_else_counts(ours, groups):
    assert decide(ours, {"groups": groups}).role == Role.BUILDER
    assert decide(ours, {"groups": {"builders": True}}).role is None


def test_an_admin_sets_one_up_tests_it_and_removes_it(signed_in, alice, staff: Provider):
    browser = signed_in(alice)
    typed = {"name": "Staff", "issuer": staff.issuer, "client_id": "assay", "secret": SECRET, "scopes": "profile",
             "groups_claim": "groups", "rules": "builder: builders", "is_active": "on",
             "session_hours": "12", "vouched_days": "30"}  # fmt: skip
    assert browser.post("/settings/providers/new/", typed | {"issuer": "http://x"}).status_code == 422
    page = browser.post("/settings/providers/new/", typed, follow=True).content.decode()
    made = IdentityProvider.unscoped.get()
    assert f"http://acme.localhost/accounts/oidc/{made.key}/login/callback/" in page
    assert SECRET not in page
    assert "Every step passed" in browser.post(f"/settings/providers/{made.pk}/test").content.decode()
    browser.post(f"/settings/providers/{made.pk}/", typed | {"secret": "", "name": "People"})
    made.refresh_from_db()
    assert (made.name, made.client_secret != "") == ("People", True)
    browser.post(f"/settings/providers/{made.pk}/remove/")
    assert not IdentityProvider.unscoped.exists()
    verbs = (
        AuditEntry.objects.filter(verb__startswith="provider.").order_by("pk").values_list("verb", flat=True)
    )
    assert list(verbs) == ["provider.added", "provider.changed", "provider.removed"]
    assert SECRET not in str(list(AuditEntry.objects.values_list("data", flat=True)))


def test_a_builder_and_a_stranger_find_no_such_page(signed_in, bob, charlie, ours):
    for user in (bob, charlie):
        for path in ("", "new/", f"{ours.pk}/", f"{ours.pk}/remove/"):
            assert signed_in(user).get(f"/settings/providers/{path}").status_code == 404
