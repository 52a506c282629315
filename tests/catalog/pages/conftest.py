"""The people, and a visitor at a tenant's own address."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.people import acme, alice, bob, charlie, globex, petra

__all__ = ["acme", "alice", "bob", "charlie", "globex", "petra", "visit"]


@pytest.fixture
def visit():
    """visit(user, path): that person's GET at acme's address."""

    def get(user: Any, path: str, **headers: str) -> Any:
        client = Client(headers={"host": "acme.localhost", **headers})
        if user is not None:
            client.force_login(user, backend="tenants.signin.PlatformBackend")
        return client.get(path)

    return get
