"""Browsers of alice (owner), bob (builder) and charlie (another tenant's owner); a granted image that moved."""

from __future__ import annotations

import pytest
from django.test import Client

from registry import grants
from tenants.models import User
from tests.registry.wire import image, sha256

OLD, NEW = b"old layer", b"new layer"
OLD_DIGEST, NEW_DIGEST = sha256(image(OLD)), sha256(image(NEW))


def browser(user: User, host: str = "acme.localhost") -> Client:
    client = Client(headers={"host": host})
    client.force_login(user, backend="tenants.signin.PlatformBackend")
    return client


@pytest.fixture
def alices(alice) -> Client:
    return browser(alice)


@pytest.fixture
def bobs(bob) -> Client:
    return browser(bob)


@pytest.fixture
def charlies(charlie) -> Client:
    """Charlie at acme's address."""
    return browser(charlie)


@pytest.fixture
def granted(acme, shelf):
    """The platform's repository as web/nginx; `1` has moved from OLD to NEW."""
    given = grants.grant(tenant=acme, repository=shelf.repository, name="web/nginx")
    shelf.image(OLD, "1")
    shelf.image(NEW, "1")
    return given


@pytest.fixture
def app(ours):
    """acme's own repository; `1` has moved from OLD to NEW."""
    from registry.models import Repository

    ours.image("app", "1", OLD)
    ours.image("app", "1", NEW)
    return Repository.objects.get(name="app")
