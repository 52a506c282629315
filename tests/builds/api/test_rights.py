"""The JSON API: nothing of another tenant is ever there, and a token orders only what it may."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from builds.models import Build
from catalog.models import Release, VersionStream
from catalog.offer import entitle
from tenants.models import Membership, Tenant, User
from tenants.roles import Role
from tests.builds.api.caller import ORDER, Caller
from tests.catalog import world

pytestmark = pytest.mark.django_db
READS = [
    "images/",
    "images/python/",
    "repositories/python/tags/",
    "repositories/python/releases/",
    "golden-images/",
    "builds/",
]


@pytest.mark.parametrize("path", READS)
def test_an_anonymous_caller_is_asked_to_identify(path: str, release: Release) -> None:
    answer = Client(headers={"host": "acme.localhost:8000"}).get(f"/api/v1/{path}")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", READS)
def test_another_tenant_s_token_finds_nothing_here(path: str, charlies: Caller, release: Release) -> None:
    charlies.client.defaults["HTTP_HOST"] = "acme.localhost:8000"

    assert charlies.client.get(f"/api/v1/{path}", headers={"host": "acme.localhost:8000"}).status_code == 404


def test_builds_of_another_tenant_are_not_there(
    bobs: Caller, charlies: Caller, python: VersionStream, sent: Any
) -> None:
    build = bobs.post("builds/", ORDER).json()["id"]

    for path in (f"builds/{build}/", f"builds/{build}/log/"):
        assert charlies.get(path).status_code == 404
    assert charlies.post(f"builds/{build}/cancel/").status_code == 404
    assert charlies.get("builds/").json()["count"] == 0
    assert charlies.get("golden-images/").json()["count"] == 0
    assert charlies.get("repositories/web/tags/").status_code == 404
    assert Build.objects.get(pk=build).state == "queued"


def test_an_image_without_a_grant_is_not_there(
    bobs: Caller, charlies: Caller, python: VersionStream, acme: Tenant
) -> None:
    secret = world.image("secret", is_free=False)
    hidden = world.released(secret.streams.get(), content=b"secret")
    entitle(tenant=acme, image=secret)

    assert bobs.get("images/secret/").status_code == 200
    for path in (
        "images/secret/",
        "repositories/secret/tags/",
        "repositories/secret/releases/",
        f"repositories/secret/releases/{hidden.digest}/",
        f"repositories/secret/releases/{hidden.digest}/sbom/",
        f"repositories/python/releases/{hidden.digest}/",
    ):
        assert charlies.get(path).status_code == 404, path
    refused = charlies.post("builds/", {**ORDER, "base": "secret:3.13"}).json()
    assert refused["errors"] == charlies.post("builds/", {**ORDER, "base": "secret:3.13"}).json()["errors"]
    assert refused["errors"][0]["code"] == "base-unknown"


def test_a_pull_token_orders_nothing(bob: User, acme: Tenant, python: VersionStream) -> None:
    caller = Caller(bob, acme, "pull")

    assert caller.get("images/").status_code == 200
    assert caller.post("builds/", ORDER).status_code == 404
    assert not Build.objects.exists()


def test_a_viewer_orders_nothing(bob: User, acme: Tenant, python: VersionStream) -> None:
    caller = Caller(bob, acme)
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)

    assert caller.post("builds/", ORDER).status_code == 404
    assert caller.post("builds/preview/", ORDER).status_code == 404
    assert not Build.objects.exists()


def test_a_signed_in_person_needs_the_csrf_token_to_order(
    bob: User, python: VersionStream, acme: Tenant
) -> None:
    client = Client(enforce_csrf_checks=True, headers={"host": "acme.localhost:8000"})
    client.force_login(bob, backend="tenants.signin.PlatformBackend")

    assert client.get("/api/v1/images/").status_code == 200
    answer = client.post("/api/v1/builds/", ORDER, content_type="application/json")
    assert answer.status_code in {403, 404}
    assert not Build.objects.exists()
