"""The platform's page of requests for images."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

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


def asked_for(petra, query: str = "") -> list[str]:
    page = client_of(petra).get(f"/admin/requests/{query}").content.decode()
    return re.findall(r"<strong>([^<]+)</strong><span", page)


def test_requests_are_found_by_image_and_by_tenant_and_counted(petra, asked, globex, charlie):
    image = world.image("node", is_free=False)
    Image.objects.filter(pk=image.pk).update(is_listed=True)
    requests.decline(request=requests.ask(tenant=globex, name="redis", actor=charlie), actor=petra)
    requests.ask(tenant=globex, name="node", actor=charlie)
    assert asked_for(petra) == ["redis", "node"]
    for query, expected in {"q=node": ["node"], "q=acme": ["redis"], "q=%00globex node": ["node"]}.items():
        assert asked_for(petra, f"?{query}") == expected
    assert asked_for(petra, "?q=globex&state=declined") == ["redis"]
    page = " ".join(client_of(petra).get("/admin/requests/?q=globex").content.decode().split())
    assert ("open <small>1</small>" in page, "declined <small>1</small>" in page) == (True, True)
    assert "Nothing matches “none”." in client_of(petra).get("/admin/requests/?q=none").content.decode()


def test_after_a_decision_the_list_is_as_it_was(petra, asked):
    answer = client_of(petra).post(f"/admin/requests/{asked.pk}/?q=redis&page=2", {"decision": "grant"})
    assert answer["Location"] == "/admin/requests/?q=redis&page=2"


def test_the_list_costs_the_same_however_many_wait(petra, asked, acme, django_assert_num_queries):
    client = client_of(petra)
    with CaptureQueriesContext(connection) as few:
        client.get("/admin/requests/?q=e")
    for number in range(8):
        image = world.image(f"image{number}", is_free=False)
        AccessRequest.objects.create(tenant=acme, image=image, asked_by="bob", asked_at=timezone.now())
    with django_assert_num_queries(len(few)):
        client.get("/admin/requests/?q=e")
