"""Fixtures: Django's own connection goes to a PostgreSQL whose wall is built, as a role that is held to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections, transaction

from tenants.postgresql.base import DatabaseWrapper
from tests.asking import one_connection
from tests.servers.databases import postgres

__all__ = ["migrated", "server", "using", "wall"]


def using(url: str, **options) -> dict:
    """Settings of a connection to that database: Django's own for one, with another address."""
    host, _, name = url.rpartition("/")
    role, _, place = host.rpartition("//")[2].rpartition("@")
    address, _, port = place.rpartition(":")
    mine = {"ENGINE": "tenants.postgresql", "NAME": name, "USER": role, "HOST": address, "PORT": port}
    return {**connections["default"].settings_dict, **mine, "OPTIONS": options, "PASSWORD": ""}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(scope="module")
def migrated(server: str, django_db_blocker) -> Iterator[DatabaseWrapper]:
    """All of this module's tests share one database; each gives back what it wrote."""
    before, ours = connections["default"], DatabaseWrapper(using(server), "default")
    connections["default"] = ours
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        yield ours
        ours.close()
    connections["default"] = before


@pytest.fixture
def wall(migrated: DatabaseWrapper) -> Iterator[DatabaseWrapper]:
    cache.clear()
    with one_connection(), transaction.atomic():
        yield migrated
        transaction.set_rollback(True)
