"""One portal with real content for every client test, and the clients themselves."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.server import CLIENTS, Portal


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The portal takes seconds to start: one process runs all that use it.
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("registry-server"))


@dataclass
class Shop:
    """The running portal and what `tests.clients.stock` put there."""

    portal: Portal
    found: dict[str, Any]

    @property
    def acme(self) -> str:
        """Where acme's names begin on the portal's host."""
        return f"{self.portal.host}/acme"

    @property
    def beta(self) -> str:
        return f"{self.portal.host}/beta"

    @property
    def acme_host(self) -> str:
        return self.portal.host_of("acme")

    def secret(self, name: str) -> str:
        """Of a tenant's token that may push, or of one of acme's special ones."""
        return {**self.portal.secrets, **self.found["tokens"]}[name]


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    with Portal() as portal:
        yield Shop(portal, portal.call("tests.clients.stock:publish"))
        assert "Fault while answering" not in portal.log, portal.log


class Client:
    """Runs client programs in a home of its own, signed in with at most one token."""

    def __init__(self, home: Path, shop: Shop) -> None:
        self.home = home
        self._shop = shop
        self.environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "TMPDIR": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "DOCKER_CONFIG": str(home / ".docker"),
            **shop.portal.by_host,
        }

    def sign_in(self, secret: str) -> Client:
        """Write the file that docker login writes, for the portal's host and acme's."""
        pair = base64.b64encode(f"anyone:{self._shop.secret(secret)}".encode()).decode()
        hosts = (self._shop.portal.host, *(self._shop.portal.host_of(one) for one in ("acme", "beta")))
        config = self.home / ".docker" / "config.json"
        config.parent.mkdir(exist_ok=True)
        config.write_text(json.dumps({"auths": {host: {"auth": pair} for host in hosts}}))
        return self

    def __call__(self, *words: str | Path, cwd: Path | None = None) -> str:
        """Run a program that must succeed; gives what it printed."""
        done = self.run(*words, cwd=cwd)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}\n{self._shop.portal.log[-2000:]}"
        return done.stdout

    def refused(self, *words: str | Path) -> str:
        """Run a program that must fail; gives everything it said."""
        done = self.run(*words)
        assert done.returncode != 0, done.stdout
        return done.stdout + done.stderr

    def run(self, *words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        program, *rest = (str(word) for word in words)
        return subprocess.run(
            [_find(program), *rest],
            env=self.environment,
            cwd=cwd or self.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def _find(program: str) -> str:
    path = shutil.which(program, path=f"{CLIENTS}:{os.environ['PATH']}:/usr/sbin")
    if path is None:
        reason = f"{program} is not installed"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return path


@pytest.fixture
def client(tmp_path: Path, shop: Shop) -> Client:
    """Of someone who has not signed in."""
    return Client(tmp_path, shop)
