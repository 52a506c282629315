"""No page offers what would be refused."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.models import Membership
from tenants.roles import Role

EVERYTHING = {"tokens", "team", "directories", "hostnames", "audit"}


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (Role.OWNER, EVERYTHING),
        (Role.ADMIN, EVERYTHING),
        (Role.BUILDER, {"tokens"}),
        (Role.VIEWER, {"tokens"}),
        (Role.AUDITOR, {"audit"}),
    ],
)
def test_the_menu_has_what_the_role_may(bob, role: Role, offered: set[str]) -> None:
    Membership.objects.filter(user=bob).update(role=role)
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(bob, backend="tenants.signin.PlatformBackend")
    page = client.get("/images/").content.decode()
    assert {name for name in EVERYTHING if f'href="/settings/{name}/"' in page} == offered
    for name in EVERYTHING:
        assert client.get(f"/settings/{name}/").status_code == (200 if name in offered else 404)


def test_a_stranger_is_offered_nothing_of_the_tenant(acme, charlie) -> None:
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(charlie, backend="tenants.signin.PlatformBackend")
    page = client.get("/images/").content.decode()
    assert 'href="/golden/"' not in page
    assert "Acme" in page  # the address itself is no secret


@pytest.mark.parametrize("path", ["/admin/tenants/", "/admin/tenants/acme/", "/admin/tenants/acme/grants/"])
def test_rights_on_the_platform_are_looked_up_once_a_page(petra, acme, path: str) -> None:
    client = Client(headers={"host": "localhost"})
    client.force_login(petra, backend="tenants.signin.PlatformBackend")
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    assert sum("tenants_platformmembership" in each["sql"] for each in asked) == 1
