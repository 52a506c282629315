"""The API as alice's programs see it, with a token that may manage, and as others'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tenants import tokens
from tests.registry.pages.conftest import app, granted

__all__ = ["app", "granted"]

Ask = Callable[..., HttpResponse]


def asking(secret: str, host: str = "acme.localhost") -> Ask:
    """ask(method, path, **body): as a program with this token."""
    client = Client(headers={"host": host, "authorization": f"Bearer {secret}"})

    def ask(method: str, path: str, **body: Any) -> HttpResponse:
        more = {"data": body, "content_type": "application/json"} if method not in ("GET", "DELETE") else {}
        return getattr(client, method.lower())(f"/api/v1/{path}", **more)

    return ask


@pytest.fixture
def admin(acme, alice) -> Ask:
    return asking(tokens.issue(user=alice, tenant=acme, name="admin", actions=["manage"])[1])


@pytest.fixture
def puller(acme, alice) -> Ask:
    """Alice herself, with a token that may only pull and push."""
    return asking(tokens.issue(user=alice, tenant=acme, name="p", actions=["pull", "push"])[1])


@pytest.fixture
def stranger(globex, charlie) -> Ask:
    return asking(tokens.issue(user=charlie, tenant=globex, name="c", actions=["manage"])[1])
