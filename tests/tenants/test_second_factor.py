"""Authenticator apps and security keys of our people."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.webauthn.forms import LoginWebAuthnForm

from tenants.models import Directory, Tenant, User
from tenants.second_factor import AddKeyForm, SignInByKeyForm


@pytest.fixture
def people(alice: User, zoidberg: User) -> dict[str, User]:
    return {"alice": alice, "zoidberg": zoidberg}


@pytest.fixture
def zoidberg(acme: Tenant) -> User:
    """Of a directory of acme."""
    directory = Directory.unscoped.create(
        tenant=acme, name="Planet Express", uris="ldap://127.0.0.1:1", user_base="dc=example"
    )
    return User.objects.create(login=f"{directory.pk}:uuid", directory=directory, directory_login="zoidberg")


def test_the_secret_of_an_app_is_sealed_in_the_database(alice: User) -> None:
    secret = generate_totp_secret()

    TOTP.activate(alice, secret)

    kept = Authenticator.objects.get(user=alice)
    assert secret not in str(kept.data)
    now = next(iter(yield_hotp_counters_from_time()))
    assert kept.wrap().validate_code(format_hotp_value(hotp_value(secret, now)))


@pytest.mark.parametrize(("who", "is_offered"), [("alice", True), ("zoidberg", False)])
def test_only_who_has_a_password_here_is_offered_a_key_instead_of_it(
    people, who: str, is_offered: bool
) -> None:
    form = AddKeyForm(user=people[who])

    assert ("passwordless" in form.fields) is is_offered


@pytest.mark.parametrize(("who", "is_let_in"), [("alice", True), ("zoidberg", False)])
def test_a_key_never_leads_past_a_directory(people, monkeypatch, who: str, is_let_in: bool) -> None:
    key = Authenticator(user=people[who], type=Authenticator.Type.WEBAUTHN)
    # The key itself is right: allauth's own tests, and ours in a browser, show what happens to one that is not.
    monkeypatch.setattr(LoginWebAuthnForm, "clean_credential", lambda self: key)

    form = SignInByKeyForm({"credential": '{"id": "x"}'})

    assert form.is_valid() is is_let_in
    assert is_let_in or form.errors.as_data()["credential"][0].code == "key_is_second_step"
