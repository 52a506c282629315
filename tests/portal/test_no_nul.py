"""NUL reaches no view: left out of questions, refused in paths and forms, on every database."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models import AccessRequest, Image
from tests.catalog import world
from tests.people import acme, alice

__all__ = ["acme", "alice"]


@pytest.fixture
def browser(acme, alice) -> Client:
    client = Client(headers={"host": "acme.localhost", "accept": "text/html"})
    client.force_login(alice, backend="tenants.signin.PlatformBackend")
    return client


@pytest.mark.parametrize("path", ["/images/a%00b/", "/%00/images/"])
def test_an_address_with_nul_is_refused_in_words(browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 400
    assert "That is no text" in answer.content.decode()


def test_a_machine_gets_a_problem_document(browser) -> None:
    answer = browser.get("/api/v1/images/a%00b/", headers={"accept": "application/json"})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:assay:error:nul"


@pytest.mark.parametrize("asked", ["q=py%00thon", "q=py%0%000thon", "%00q=python"])
def test_a_question_is_asked_without_it(browser, asked: str) -> None:
    world.released(world.image().streams.get())
    for path in (f"/images/?{asked}", f"/api/v1/images/?{asked}"):
        answer = browser.get(path, headers={"accept": "*/*"})
        assert answer.status_code == 200
        assert "python" in answer.content.decode()
        assert "\0" not in answer.content.decode()


def test_a_form_with_nul_is_refused_and_nothing_is_kept(browser) -> None:
    world.image("redis", is_free=False)
    Image.objects.update(is_listed=True)
    assert browser.post("/available/redis/ask", {"reason": "a\0b"}).status_code == 400
    assert not AccessRequest.objects.exists()
    assert browser.post("/available/redis/ask", {"reason": "ab"}).status_code == 302


def test_the_sign_in_page_refuses_it_too(acme) -> None:
    answer = Client(headers={"host": "localhost", "accept": "text/html", "accept-language": "zh-CN"}).post(
        "/accounts/login/", {"login": "a\0", "password": "b"}
    )
    assert answer.status_code == 400
    assert "这不是文本" in answer.content.decode()


def test_a_percent_sign_with_two_zeroes_is_text(browser) -> None:
    assert browser.get("/images/?q=%2500").status_code == 200
