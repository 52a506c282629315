"""Mails and refusals in Chinese: what leaves the page it was asked on."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from tenants.models import Tenant, User
from tests.portal.language.reading import texts_of

pytestmark = pytest.mark.django_db

HEADERS = {"host": "acme.localhost", "accept-language": "zh-CN"}
#: An English word that is no address, name or part of a link.
WORD = re.compile(r"(?<![\w/.@:-])[A-Za-z]{3,}(?![\w/.@:-])")


@pytest.fixture
def client(settings) -> Client:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return Client(headers=HEADERS)


def english(text: str) -> set[str]:
    return set(WORD.findall(text)) - {"Acme", "Alice", "Assay", "Images"}


def test_an_invitation_is_in_the_language_of_who_sends_it(client: Client, acme: Tenant, alice: User) -> None:
    client.force_login(alice, backend="tenants.signin.PlatformBackend")
    client.post("/settings/team/", {"email": "dora@acme.example", "role": "builder"})
    (sent,) = mail.outbox
    assert "邀请您加入" in sent.subject + sent.body
    assert english(sent.subject) | english(sent.body) == set()


@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com"])
def test_a_mail_about_a_new_password_is_in_the_language_of_who_asks(
    client: Client, acme: Tenant, alice: User, email: str
) -> None:
    client.post("/accounts/password/reset/", {"email": email})
    (sent,) = mail.outbox
    assert sent.subject == "在 acme.localhost 上设置新密码"
    assert english(sent.body) == set()
    assert ("/accounts/password/reset/key/" in sent.body) == (email == alice.email)
    assert "signup" not in sent.body


def test_the_same_in_english(client: Client, acme: Tenant, alice: User) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email}, headers={"accept-language": "en"})
    (sent,) = mail.outbox
    assert sent.subject == "A new password on acme.localhost"
    assert "Someone asked for a new password on acme.localhost. Choose it by this link:" in sent.body


def test_a_form_without_its_token_is_refused_in_chinese(acme: Tenant) -> None:
    answer = Client(enforce_csrf_checks=True, headers=HEADERS).post("/accounts/login/")
    assert answer.status_code == 403
    assert '<html lang="zh-hans"' in answer.text
    assert english(" ".join(texts_of(answer.text))) <= {"English", "UTC"}


def test_a_fault_of_ours_is_told_in_chinese(client: Client, acme: Tenant, monkeypatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.auth.middleware.AuthenticationMiddleware.process_request", fail)
    answer = client.get("/accounts/login/")
    assert answer.status_code == 500
    assert '<html lang="zh-hans"' in answer.text
    assert "RuntimeError" not in answer.text
