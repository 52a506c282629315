"""The platform's admin at the portal's own host, as a browser."""

from __future__ import annotations

import pytest
from django.test import Client

from tenants.models import User

HOST = "localhost"


def client_of(user: User) -> Client:
    client = Client(headers={"host": HOST})
    client.force_login(user, backend="tenants.signin.PlatformBackend")
    return client


@pytest.fixture
def admin(petra: User) -> Client:
    return client_of(petra)
