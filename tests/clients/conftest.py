"""One portal with real content for every client test, and the clients themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.shop import Client, Shop, open_secure_shop, open_shop


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The portal takes seconds to start: one process runs all that use it.
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("registry-server"))


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


@pytest.fixture(scope="session")
def secure_shop() -> Iterator[Shop]:
    with open_secure_shop() as opened:
        yield opened


@pytest.fixture
def client(tmp_path: Path, shop: Shop) -> Client:
    """Of someone who has not signed in."""
    return Client(tmp_path, shop)
