"""Fixtures for orders: a small index, its reviewed packages, and a released base to build upon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builds import solve, wake
from builds.order import spec_of
from catalog.models import VersionStream
from tenants.models import Tenant
from tests.builds import small_index
from tests.catalog import world


@pytest.fixture
def index(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The current package index; everything in it but “wild” is reviewed."""
    settings.SNAPSHOT_ROOT = tmp_path / "snapshots"
    monkeypatch.setattr(solve, "book", lambda: small_index.BOOK)
    return small_index.write_index(settings.SNAPSHOT_ROOT)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """What workers were woken for: (build, key). The broker itself is tested with real workers."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(wake, "worker", lambda build, key: found.append((build, key)))
    return found


@pytest.fixture
def python(index: str, acme: Tenant, globex: Tenant) -> VersionStream:
    """python:3.13, free for all and released once."""
    stream = world.image().streams.get()
    world.released(stream, lock=solve.solve(spec=spec_of(stream)).to_json())
    return stream


@pytest.fixture
def tools(index: str, acme: Tenant, globex: Tenant) -> VersionStream:
    """tools:3.13, of curl and git with what they need, released once."""
    stream = world.image("tools").streams.get()
    stream.spec = {**world.SPEC, "packages": ["curl", "git"]}
    stream.save()
    world.released(stream, lock=solve.solve(spec=spec_of(stream)).to_json())
    return stream


CUSTOMISATION: dict[str, Any] = {
    "tag": "v1",
    "packages": ["curl", "git"],
    "entrypoint": ["/usr/bin/curl"],
    "env": {"MODE": "production"},
    "labels": {"team": "web"},
}
