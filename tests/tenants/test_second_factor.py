"""Authenticator apps and security keys of our people."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.webauthn.forms import LoginWebAuthnForm
from django.core.cache import cache
from django.test import Client

from tenants.models import Directory, Tenant, User
from tenants.second_factor import AddKeyForm, SignInByKeyForm
from tests.people import PASSWORD


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


FIRST, SECOND = {"host": "acme.localhost"}, "/accounts/2fa/authenticate/"


def begun(user: User) -> Client:
    """A browser that gave the right password and is asked for the second factor."""
    browser = Client(headers=FIRST)
    answer = browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer["Location"].startswith(SECOND)
    return browser


def is_in(browser: Client, code: str) -> bool:
    browser.post(SECOND, {"code": code})
    return "_auth_user_id" in browser.session


def test_a_code_of_an_app_counts_once(alice: User) -> None:
    cache.clear()
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    first, second = begun(alice), begun(alice)
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    assert is_in(first, code)
    assert not is_in(second, code)
    assert not is_in(begun(alice), f" {code[:3]} {code[3:]}")


def test_a_recovery_code_counts_once(alice: User) -> None:
    cache.clear()
    TOTP.activate(alice, generate_totp_secret())
    code, other = RecoveryCodes.activate(alice).get_unused_codes()[:2]
    assert is_in(begun(alice), code)
    assert not is_in(begun(alice), code)
    assert is_in(begun(alice), other)


PROCESS = """
import sys, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.totp.internal import auth
from tenants.models import User
auth.validate_totp_code = lambda secret, code: True  # time stands still: the same moment in both processes
user = User.objects.filter(login="a@example.com").first() or User.objects.create_user("a@example.com", "x")
app = Authenticator.objects.filter(user=user).first()
print(TOTP(app or TOTP.activate(user, "JBSWY3DPEHPK3PXP").instance).validate_code("123456"))
"""


def test_a_code_counts_once_for_all_web_processes(tmp_path: Path) -> None:
    place = {"ASSAY_VAR": str(tmp_path), "SECRET_KEY": "x", "DJANGO_SETTINGS_MODULE": "portal.settings"}
    said = [
        subprocess.run(
            [sys.executable, "-c", PROCESS],
            env={**os.environ, **place}, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
        ).stdout.split()
        for _ in range(2)
    ]  # fmt: skip
    assert said == [["True"], ["False"]]
