"""A program that asks the JSON API, by an access token."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tenants import tokens
from tenants.models import Tenant, User
from tests.builds.golden import CUSTOMISATION

ORDER = {"name": "web", "base": "python:3.13", "customisation": CUSTOMISATION}


class Caller:
    """A client of one tenant's host with an access token."""

    def __init__(self, user: User, tenant: Tenant, *actions: str) -> None:
        _, secret = tokens.issue(user=user, tenant=tenant, name="tests", actions=actions or ("pull", "build"))
        self.client = Client(
            headers={"authorization": f"Bearer {secret}", "host": f"{tenant.slug}.localhost:8000"}
        )

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", **kwargs)

    def post(self, path: str, data: Any = None) -> Any:
        return self.client.post(f"/api/v1/{path}", data, content_type="application/json")
