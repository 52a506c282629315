"""Choosing a language: by the browser's wish, or by hand at the foot of every page; never for machines."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tenants.models import Tenant, User
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost:8000"})


CHINESE = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"}


def choose(client: Client, language: str, back: str, **headers: str):
    return client.post("/language/", {"language": language, "next": back}, headers=headers)


def test_a_page_is_in_the_language_that_the_browser_asks_for(client: Client) -> None:
    english, chinese = client.get("/"), client.get("/", headers=CHINESE)
    assert '<html lang="en"' in english.text
    assert "Sign in" in english.text
    assert '<html lang="zh-hans"' in chinese.text
    assert "登录" in chinese.text
    assert '<html lang="en"' in client.get("/", headers={"accept-language": "pt-BR"}).text


def test_caches_are_told_what_the_language_depends_on(client: Client) -> None:
    said = {one.strip() for one in client.get("/")["Vary"].split(",")}
    assert {"Accept-Language", "Cookie"} <= said


def test_a_choice_keeps_the_page_and_outlives_the_sign_in(client: Client, acme: Tenant, alice: User) -> None:
    back = "/acme/accounts/login/?next=/acme/images/"
    answer = choose(client, "zh-hans", back)
    assert (answer.status_code, answer["Location"]) == (302, back)
    signed_in = client.post(
        back, {"login": "alice@example.com", "password": PASSWORD, "next": "/acme/images/"}
    )
    assert signed_in["Location"] == "/acme/images/"
    assert '<html lang="zh-hans"' in client.get("/acme/images/", headers={"accept-language": "en"}).text
    choose(client, "en", "/acme/images/")
    assert '<html lang="en"' in client.get("/acme/images/", headers=CHINESE).text


def test_every_page_offers_both_languages_by_their_own_names_without_a_script(client: Client) -> None:
    page = client.get("/", headers=CHINESE).text
    assert 'action="/language/"' in page
    assert '<button name="language" value="en" lang="en">English</button>' in page
    assert 'value="zh-hans" lang="zh-hans" aria-current="true">简体中文</button>' in page


def test_on_a_tenants_own_host_the_choice_stays_there(client: Client, acme: Tenant) -> None:
    answer = choose(client, "zh-hans", "/accounts/login/", host="acme.localhost")
    cookie = answer.cookies["assay_language"]
    assert (cookie["domain"], cookie["httponly"], cookie["samesite"]) == ("", True, "Lax")


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example", "http:///evil.example", ""]
)  # fmt: skip
def test_a_choice_leads_nowhere_else(client: Client, back: str) -> None:
    answer = choose(client, "zh-hans", back)
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_what_is_no_language_of_ours_is_not_kept(client: Client) -> None:
    assert "assay_language" not in choose(client, "tlh", "/").cookies
    client.cookies["assay_language"] = "../../etc"
    assert '<html lang="en"' in client.get("/").text


def test_a_choice_needs_the_forms_own_token() -> None:
    assert (
        Client(enforce_csrf_checks=True, headers={"host": "localhost:8000"}).post("/language/").status_code
        == 403
    )


@pytest.mark.parametrize(
    "path", ["/v2/acme/none/manifests/x", "/auth/token", "/acme/api/v1/images/", "/api/schema/"]
)
def test_machines_are_told_english_whatever_they_ask_for(client: Client, acme: Tenant, path: str) -> None:
    client.cookies["assay_language"] = "zh-hans"
    answer = client.get(path, headers=CHINESE)
    assert not re.search("[\u4e00-\u9fff]", answer.text)
    assert "Accept-Language" not in answer.get("Vary", "")


def test_a_page_that_is_not_there_is_told_in_chinese_too(client: Client, acme: Tenant, alice: User) -> None:
    client.force_login(alice, backend="tenants.signin.PlatformBackend")
    assert "找不到页面" in client.get("/acme/images/none/", headers=CHINESE).text


def test_an_unknown_host_is_told_in_the_visitors_language_and_not_in_the_one_before(client: Client) -> None:
    unknown = {"host": "nobody.example", "accept": "text/html"}
    client.get("/", headers=CHINESE)
    assert "Unknown address" in client.get("/", headers=unknown).text
    client.get("/")
    assert "未知地址" in client.get("/", headers=CHINESE | unknown).text


def test_what_has_no_words_may_be_kept_for_everyone(client: Client, acme: Tenant) -> None:
    answer = client.get("/acme/theme/accent-7a3b00.css", headers=CHINESE)
    assert "Accept-Language" not in answer.get("Vary", "")
    assert "Content-Language" not in answer
