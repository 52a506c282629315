"""One acme with one of everything, and everyone who must not see it."""

from __future__ import annotations

import pytest

from tests.builds.golden import index, sent
from tests.isolation import world as worlds
from tests.people import acme, alice, bob, charlie, globex, petra

__all__ = ["acme", "alice", "bob", "charlie", "globex", "index", "petra", "sent"]


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path / "storage"
    settings.TOKEN_KEY_PATH = tmp_path / "token.pem"
    settings.PORTAL_HOST = "localhost"


@pytest.fixture
def world(acme, globex, index, sent) -> worlds.World:
    return worlds.make(acme)
