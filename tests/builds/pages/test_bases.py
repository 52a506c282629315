"""The wizard's first step finds a base among any number of images."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from builds.pages.bases import ROWS
from tests.builds.golden import index  # noqa: F401
from tests.catalog import world
from tests.people import acme, alice, globex  # noqa: F401

pytestmark = pytest.mark.django_db
PAGE = "/golden/new/base/"


@pytest.fixture
def browser(alice: Any, acme: Any, index: str) -> Client:  # noqa: F811
    world.released(world.image("python").streams.get())
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(alice, backend="tenants.signin.PlatformBackend")
    return client


def shown(client: Client, path: str = PAGE, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def many(count: int) -> None:
    for number in range(count):
        image = world.image(f"image-{number:02}", stream="1")
        world.released(image.streams.get(), content=f"layer {number}".encode())


def test_a_page_shows_some_and_leads_to_the_others(browser: Client) -> None:
    many(ROWS)
    page = shown(browser)
    assert page.count('type="radio"') == ROWS
    assert f"{ROWS} of {ROWS + 1}" in page
    assert 'value="python:3.13"' in shown(browser, f"{PAGE}?page=2")


def test_more_images_cost_neither_queries_nor_bytes(browser: Client, django_assert_num_queries: Any) -> None:
    many(ROWS)
    with CaptureQueriesContext(connection) as some:
        before = len(shown(browser))
    for number in range(5):
        world.image(f"later-{number}", stream="1")
    with django_assert_num_queries(len(some)):
        assert abs(len(shown(browser)) - before) < 200


def test_words_are_searched_without_a_script_and_keep_what_was_typed(browser: Client) -> None:
    many(3)
    answer = browser.post(PAGE, {"name": "api", "tag": "v1", "q": "pyth", "searched": "", "go": "next"})
    assert answer["Location"] == f"{PAGE}?q=pyth"
    page = shown(browser, answer["Location"])
    assert 'value="python:3.13"' in page
    assert "image-01:1" not in page
    assert 'value="api"' in page


def test_turning_the_page_keeps_what_was_typed(browser: Client) -> None:
    many(ROWS)
    answer = browser.post(PAGE, {"name": "api", "tag": "v1", "q": "", "searched": "", "page": "2"})
    assert answer["Location"] == f"{PAGE}?page=2"
    assert 'value="api"' in shown(browser, answer["Location"])


def test_a_choice_stays_where_it_is_not_among_what_is_shown(browser: Client) -> None:
    many(1)
    browser.get("/golden/new/", {"base": "python:3.13"})
    page = shown(browser, f"{PAGE}?q=image-00")
    assert 'value="python:3.13" checked' in page
    assert "image-00:1" in page


def test_htmx_gets_the_bases_alone(browser: Client) -> None:
    page = shown(browser, f"{PAGE}?q=python:3.13", **{"hx-target": "bases"})
    assert 'value="python:3.13"' in page
    assert "<html" not in page


def test_without_a_match_it_says_where_else_to_look(browser: Client) -> None:
    page = shown(browser, f"{PAGE}?q=<b>nothing</b>")
    assert "No image matches “&lt;b&gt;nothing&lt;/b&gt;”" in page
    assert "/images/?access=available&amp;q=" in page


def test_another_tenant_s_images_are_not_offered(browser: Client, globex: Any) -> None:  # noqa: F811
    from catalog import offer

    offer.entitle(tenant=globex, image=world.image("secret", is_free=False, stream="1"))
    assert "secret" not in shown(browser)
    assert "secret:1" not in shown(browser, f"{PAGE}?q=secret")
