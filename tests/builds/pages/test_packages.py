"""The wizard searches packages in the suite of the base that was chosen."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tenants.models import Tenant, User
from tests.builds import small_index
from tests.builds.golden import index  # noqa: F401
from tests.catalog import world
from tests.people import acme, alice  # noqa: F401

pytestmark = pytest.mark.django_db


def test_packages_are_those_of_the_base_s_suite(
    alice: User,  # noqa: F811
    acme: Tenant,  # noqa: F811
    index: str,  # noqa: F811
    settings: Any,
) -> None:
    stream = world.image("older").streams.get()
    stream.spec = {**world.SPEC, "suite": "bookworm"}
    stream.save()
    world.released(stream)
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(alice, backend="tenants.signin.PlatformBackend")
    assert "2.47.3" in client.get("/golden/new/search/packages", {"q": "git"}).content.decode()
    client.get("/golden/new/", {"base": "older:3.13"})
    waiting = client.get("/golden/new/search/packages", {"q": "git"}).content.decode()
    assert "is being fetched" in waiting, "there is an index of trixie alone"
    small_index.write_index(settings.SNAPSHOT_ROOT, suite="bookworm")
    assert "2.47.3" in client.get("/golden/new/search/packages", {"q": "git"}).content.decode()
