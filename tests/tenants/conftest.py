"""The people, for these tests, and visitors at acme's own address."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from tenants.models import Directory, Tenant, User
from tests.people import acme, alice, bob, charlie, globex, petra
from tests.servers.slapd import Slapd, directory_of, slapd

__all__ = ["acme", "alice", "bob", "charlie", "globex", "petra", "signed_in", "slapd"]


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """signed_in(user, host): a browser of that person (or of nobody) at a tenant's address."""
    cache.clear()

    def browser(user: User | None, host: str = "acme.localhost") -> Client:
        client = Client(headers={"host": host})
        if user is not None:
            client.force_login(user, backend="tenants.signin.PlatformBackend")
        return client

    return browser


@pytest.fixture
def crew(acme: Tenant, slapd: Slapd) -> Directory:
    """acme's directory, of real people."""
    return directory_of(acme, slapd)
