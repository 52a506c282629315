"""A recipe goes out as YAML and comes back into the wizard; nobody sees another tenant's."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from builds.models import Recipe
from builds.order import order_golden
from catalog.models import VersionStream
from tenants.models import Tenant, User
from tests.builds.golden import CUSTOMISATION, index, python, sent  # noqa: F401
from tests.people import acme, alice, bob, charlie, globex  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def recipe(acme: Tenant, python: VersionStream, sent: Any, alice: User) -> Recipe:  # noqa: F811
    order_golden(
        tenant=acme, name="team/app", base=python, customisation=CUSTOMISATION, actor="alice", user=alice
    )
    return Recipe.unscoped.get()


def as_(person: User, host: str = "acme.localhost") -> Client:
    client = Client(headers={"host": host})
    client.force_login(person, backend="tenants.signin.PlatformBackend")
    return client


def test_what_goes_out_comes_back_the_same(recipe: Recipe, alice: User) -> None:  # noqa: F811
    client = as_(alice)
    answer = client.get("/golden/new/document/team/app")
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'attachment; filename="team-app.yaml"'
    text = answer.content.decode()
    assert "base: python:3.13" in text
    file = SimpleUploadedFile("app.yaml", answer.content)
    assert client.post("/golden/new/document", {"file": file}).status_code == 302
    page = client.get("/golden/new/base/").content.decode()
    assert 'value="team/app"' in page
    again = client.get("/golden/new/review/").content.decode()
    assert "curl" in again


def test_pasted_text_is_refused_at_its_field_and_the_draft_stays(recipe: Recipe, alice: User) -> None:  # noqa: F811
    client = as_(alice)
    client.post("/golden/new/document", {"document": "name: mine\npackages: [git]"})
    answer = client.post("/golden/new/document", {"document": "contents: {repositories: [x]}"}, follow=True)
    assert "contents.repositories" in answer.content.decode()
    assert 'value="mine"' in answer.content.decode()
    for text in ("packages: curl", "colour: red", "name: [a]", "- a"):
        client.post("/golden/new/document", {"document": text})
        assert 'value="mine"' in client.get("/golden/new/base/").content.decode()


def test_nobody_of_another_tenant_sees_it(recipe: Recipe, charlie: User) -> None:  # noqa: F811
    assert as_(charlie).get("/golden/new/document/team/app").status_code == 404
    assert as_(charlie, "globex.localhost").get("/golden/new/document/team/app").status_code == 404
    assert as_(charlie).post("/golden/new/document", {"document": "a: b"}).status_code == 404
