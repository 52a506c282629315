"""The platform's page of requests for images."""

from __future__ import annotations

import pytest

from catalog import requests
from catalog.models import AccessRequest, Image
from tests.catalog import world
from tests.portal.platform.conftest import client_of


@pytest.fixture
def asked(acme, bob) -> AccessRequest:
    image = world.image("redis", is_free=False)
    Image.objects.filter(pk=image.pk).update(is_listed=True)
    return requests.ask(tenant=acme, name="redis", actor=bob, reason="For <i>us</i>")


def test_an_open_request_is_shown_with_who_asked_and_why(petra, asked):
    client = client_of(petra)
    page = client.get("/admin/requests/").content.decode()
    assert "bob@example.com" in page
    assert "For &lt;i&gt;us&lt;/i&gt;" in page
    assert "For" not in client.get("/admin/requests/?state=declined").content.decode().partition("<table")[2]


def test_granting_gives_the_image(petra, asked, acme):
    path = f"/admin/requests/{asked.pk}/"
    page = client_of(petra).post(path, {"decision": "grant", "answer": "Yes."}, follow=True).content.decode()
    assert "Acme may pull redis now." in page
    assert acme.grants.filter(name="redis").exists()


def test_declining_does_not_and_a_second_answer_is_refused(petra, asked, acme):
    path = f"/admin/requests/{asked.pk}/"
    client = client_of(petra)
    client.post(path, {"decision": "decline", "answer": "No."})
    page = client.post(path, {"decision": "grant"}, follow=True).content.decode()
    assert "This request is declined already." in page
    assert not acme.grants.exists()


def test_support_looks_and_does_not_decide(sam, asked, acme):
    client = client_of(sam)
    assert 'value="grant"' not in client.get("/admin/requests/").content.decode()
    assert client.post(f"/admin/requests/{asked.pk}/", {"decision": "grant"}).status_code == 404
    assert not acme.grants.exists()


@pytest.mark.parametrize("decision", ["", "burn"])
def test_what_is_no_decision_is_not_there(petra, asked, decision):
    assert client_of(petra).post(f"/admin/requests/{asked.pk}/", {"decision": decision}).status_code == 404


def test_a_tenants_owner_has_no_such_page(alice, asked):
    assert client_of(alice).get("/admin/requests/").status_code == 404
