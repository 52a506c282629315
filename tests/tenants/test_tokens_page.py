"""A person's own access tokens on their page."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tenants import tokens
from tenants.models import AccessToken, Membership
from tenants.roles import Role

PATH = "/settings/tokens/"
ASKED = {"name": "ci", "actions": ["pull"], "repositories": "*", "days": "30"}


def at_acme(user) -> Client:
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(user, backend="tenants.signin.PlatformBackend")
    return client


def test_a_secret_is_shown_once_and_works(bob) -> None:
    client = at_acme(bob)
    page = client.post(PATH, ASKED).content.decode()
    secret = re.search(r"assay_[0-9A-Za-z]{49}", page)[0]
    assert tokens.authenticate(secret).user == bob
    assert "docker login acme.localhost -u bob@example.com" in page
    again = client.get(PATH)
    assert secret not in again.content.decode()
    assert "no-store" in again["Cache-Control"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": " "}, "token_name"),
        ({"actions": []}, "token_actions"),
        ({"actions": ["rule"]}, "token_actions"),
        ({"days": "366"}, "token_days"),
        ({"days": "soon"}, "token_days"),
        ({"repositories": "x" * 201}, "token_repositories"),
    ],
)
def test_a_refusal_says_why_and_makes_nothing(bob, wrong, code: str) -> None:
    page = at_acme(bob).post(PATH, ASKED | wrong).content.decode()
    assert code in page
    assert AccessToken.unscoped.count() == 0


def test_a_viewer_is_not_offered_what_the_role_lacks(acme, bob) -> None:
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)
    page = at_acme(bob).get(PATH).content.decode()
    assert 'value="pull"' in page
    assert 'value="push"' not in page


def test_revoking_ends_a_token(bob) -> None:
    client = at_acme(bob)
    client.post(PATH, ASKED)
    token = AccessToken.unscoped.get()
    client.post(f"{PATH}{token.pk}/revoke")
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert "You have no token yet" in client.get(PATH).content.decode()


def test_anothers_token_is_not_there(acme, alice, bob) -> None:
    token, _ = tokens.issue(user=alice, tenant=acme, name="mine", actions=["pull"])
    assert at_acme(bob).post(f"{PATH}{token.pk}/revoke").status_code == 404
    assert "mine" not in at_acme(bob).get(PATH).content.decode()
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_revocation_is_never_a_get(acme, bob) -> None:
    token, _ = tokens.issue(user=bob, tenant=acme, name="mine", actions=["pull"])
    assert at_acme(bob).get(f"{PATH}{token.pk}/revoke").status_code == 405


def test_an_auditor_has_no_tokens_and_a_stranger_no_page(acme, bob, charlie) -> None:
    Membership.objects.filter(user=bob).update(role=Role.AUDITOR)
    assert at_acme(bob).get(PATH).status_code == 404
    assert at_acme(charlie).get(PATH).status_code == 404
