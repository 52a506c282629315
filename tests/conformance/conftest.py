"""One portal for all of these tests, and a plain HTTP client that may pull and push as acme."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from tests.conformance.server import Portal


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    with Portal() as started:
        yield started
        assert "Fault while answering" not in started.log, started.log


@pytest.fixture
def http(portal: Portal) -> Iterator[httpx2.Client]:
    headers = {"Authorization": portal.basic("acme")}
    with httpx2.Client(base_url=f"http://{portal.host}", headers=headers) as client:
        yield client
