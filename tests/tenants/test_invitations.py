"""Invitations, through a real mail server: sent, opened, joined, sent again, taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tenants import invitations
from tenants.models import AuditEntry, Invitation, Membership, Tenant, User
from tenants.roles import Role
from tests.people import PASSWORD, person
from tests.servers.post import Post, post_office
from tests.servers.running import any_port

TEAM = "/settings/team/"
HOST = {"host": "acme.localhost"}
NEW = {"name": "Dora", "password": "a long enough secret"}


@pytest.fixture(scope="module")
def office() -> Iterator[Post]:
    with post_office() as running:
        yield running


@pytest.fixture(autouse=True)
def post(office: Post, settings) -> Post:
    cache.clear()
    office.took.clear()
    office.is_full = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", office.port, False
    return office


def invite(signed_in, alice: User, email: str = "dora@example.com", role: str = "viewer") -> str:
    """What the page says."""
    return signed_in(alice).post(TEAM, {"email": email, "role": role}, follow=True).content.decode()


def link_in(post: Post) -> str:
    return re.search(r"http://acme\.localhost(/invitations/\S+/)", post.took[-1].get_content())[1]


def test_a_mail_leads_somebody_new_all_the_way_in(signed_in, alice: User, acme: Tenant, post: Post):
    assert "A link is on its way to dora@example.com" in invite(
        signed_in, alice, "Dora@Example.com", "builder"
    )
    mail = post.took[0]
    assert (mail["To"], mail["X-To"], mail["Subject"]) == (
        "dora@example.com",
        "dora@example.com",
        "Join Acme",
    )
    assert "Alice invites you to Acme, as builder." in mail.get_content()
    visitor = Client(headers=HOST)
    assert "Choose a password" in visitor.get(link_in(post)).content.decode()
    assert not Membership.objects.filter(user__email="dora@example.com").exists(), "looking is not joining"
    assert visitor.post(link_in(post), NEW)["Location"] == "/"
    dora = User.objects.get(login="dora@example.com")
    assert Membership.objects.get(user=dora).role == Role.BUILDER
    assert visitor.get("/images/").status_code == 200
    assert EmailAddress.objects.get(user=dora).verified
    verbs = AuditEntry.objects.filter(tenant=acme, object="dora@example.com").order_by("pk")
    assert [each.verb for each in verbs] == ["member.invited", "member.joined", "person.signed_in"]
    typed = {"login": "dora@example.com", "password": NEW["password"]}
    assert Client(headers=HOST).post("/accounts/login/", typed)["Location"] == "/"


def test_the_secret_is_in_the_mail_alone(signed_in, alice: User, post: Post):
    page = invite(signed_in, alice)
    secret = link_in(post).split("/")[2]
    assert secret not in page
    assert secret not in str(Invitation.unscoped.values())
    assert secret not in str(AuditEntry.objects.values("data", "object"))


def test_a_link_works_once(signed_in, alice: User, post: Post):
    invite(signed_in, alice)
    Client(headers=HOST).post(link_in(post), NEW)
    for answer in (Client(headers=HOST).get(link_in(post)), Client(headers=HOST).post(link_in(post), NEW)):
        assert answer.status_code == 404
        assert "no longer works" in answer.content.decode()


def test_a_link_is_of_its_tenant_and_its_time(signed_in, alice: User, globex: Tenant, post: Post):
    invite(signed_in, alice)
    assert Client(headers={"host": "globex.localhost"}).get(link_in(post)).status_code == 404
    Invitation.unscoped.update(expires_at=timezone.now() - timedelta(seconds=1))
    for path in (link_in(post), "/invitations/x/"):
        gone = Client(headers=HOST).get(path)
        assert (gone.status_code, "no longer works" in gone.content.decode()) == (404, True)


def test_sent_again_the_former_link_ends(signed_in, alice: User, post: Post):
    invite(signed_in, alice)
    former, made = link_in(post), Invitation.unscoped.get()
    again = f"{TEAM}invitations/{made.pk}/resend"
    assert "a moment ago" in signed_in(alice).post(again, follow=True).content.decode()
    Invitation.unscoped.update(sent_at=timezone.now() - timedelta(minutes=2))
    assert "A new link is on its way" in signed_in(alice).post(again, follow=True).content.decode()
    assert len(post.took) == 2
    assert Client(headers=HOST).get(former).status_code == 404
    assert Client(headers=HOST).get(link_in(post)).status_code == 200


def test_taken_back_it_opens_nothing(signed_in, alice: User, post: Post):
    invite(signed_in, alice)
    signed_in(alice).post(f"{TEAM}invitations/{Invitation.unscoped.get().pk}/revoke")
    assert Client(headers=HOST).get(link_in(post)).status_code == 404
    assert "A link is on its way" in invite(signed_in, alice), "and the person may be invited anew"


def test_whoever_has_an_account_joins_with_it_alone(
    signed_in, alice: User, charlie: User, bob: User, post: Post
):
    invite(signed_in, alice, charlie.email)
    link = link_in(post)
    page = Client(headers=HOST).get(link).content.decode()
    assert "Sign in to join" in page
    Client(headers=HOST).post(link, NEW)
    assert User.objects.get(pk=charlie.pk).check_password(PASSWORD), "an invitation changes no password"
    assert "signed in as somebody else" in signed_in(bob).post(link).content.decode()
    assert not Membership.objects.filter(user=charlie, tenant__slug="acme").exists()
    assert signed_in(charlie).post(link)["Location"] == "/"
    assert Membership.objects.get(user=charlie, tenant__slug="acme").role == Role.VIEWER


def test_a_weak_password_is_said_at_its_field(signed_in, alice: User, post: Post):
    invite(signed_in, alice)
    answer = Client(headers=HOST).post(link_in(post), {"name": "", "password": "x"})
    assert (answer.status_code, User.objects.filter(login="dora@example.com").exists()) == (422, False)
    answer = Client(headers=HOST).post(link_in(post), {"name": "Dora", "password": "password"})
    assert "too common" in answer.content.decode()


@pytest.mark.parametrize("trouble", ["full", "away"])
def test_a_mail_that_does_not_go_is_said_and_can_be_sent_again(
    signed_in, alice, post: Post, settings, trouble
):
    post.is_full = trouble == "full"
    settings.EMAIL_PORT = any_port() if trouble == "away" else post.port
    assert "The mail could not be sent" in invite(signed_in, alice)
    assert "not sent" in signed_in(alice).get(TEAM).content.decode()
    post.is_full, settings.EMAIL_PORT = False, post.port
    signed_in(alice).post(f"{TEAM}invitations/{Invitation.unscoped.get().pk}/resend")
    assert Client(headers=HOST).get(link_in(post)).status_code == 200


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("bob@example.com", "already_member"),
        ("dora@example.com", "invited_already"),
        ("eve@example.com", "too_many"),
    ],
)
def test_what_is_no_use_is_refused(signed_in, alice: User, bob: User, monkeypatch, email: str, code: str):
    invite(signed_in, alice)
    monkeypatch.setattr(invitations, "MOST_OPEN", 1 if code == "too_many" else 100)
    assert code in invite(signed_in, alice, email)
    assert Invitation.unscoped.count() == 1


def test_where_single_sign_on_is_required_nobody_is_invited(signed_in, alice: User, acme: Tenant, post: Post):
    invite(signed_in, alice)
    Tenant.objects.update(requires_sso=True)
    assert Client(headers=HOST).get(link_in(post)).status_code == 404


def test_nobody_else_sends_or_takes_back(signed_in, alice: User, bob: User, charlie: User):
    invite(signed_in, alice)
    made = Invitation.unscoped.get()
    for browser in (signed_in(bob), signed_in(charlie), signed_in(charlie, "globex.localhost")):
        for verb in ("resend", "revoke"):
            assert browser.post(f"{TEAM}invitations/{made.pk}/{verb}").status_code == 404
    assert Invitation.unscoped.open().exists()


def test_a_new_address_must_be_verified_before_the_next_sign_in(alice: User, post: Post):
    EmailAddress.objects.filter(user=alice).update(verified=False)
    browser = Client(headers=HOST)
    typed = {"login": alice.email, "password": PASSWORD}
    assert browser.post("/accounts/login/", typed)["Location"] == "/accounts/confirm-email/"
    assert "_auth_user_id" not in browser.session
    link = re.search(r"http://acme\.localhost(/accounts/confirm-email/\S+/)", post.took[-1].get_content())[1]
    browser.post(link)
    assert EmailAddress.objects.get(user=alice).verified
    assert Client(headers=HOST).post("/accounts/login/", typed)["Location"] == "/"


def test_nobody_verifies_whom_a_directory_vouches_for(acme: Tenant):
    from tenants.signin import VerifyEmail

    user = person("gone")
    user.directory_id = 1

    class Login:
        state: dict = {}
        email_verification, email = "mandatory", None

    Login.user = user
    assert VerifyEmail(None, None, Login()).handle() == (None, True)
