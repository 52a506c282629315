"""A portal with real content, and programs that are its clients. Not in charge of what is asked of them."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.server import CLIENTS, Portal
from tests.servers.nginx import nginx_before
from tests.servers.running import any_port
from tests.servers.secure import tunnel, write_certificates

#: A name of acme's own, as a customer would bring one.
CUSTOM_HOST = "registry.acme.example"


@dataclass
class Shop:
    """The running portal and what `tests.clients.stock` put there."""

    portal: Portal
    found: dict[str, Any]
    #: The proxy that leads to TLS on acme's own name, and the authority of its certificate; None without TLS.
    tunnel: int | None = None
    authority: Path | None = None

    @property
    def acme(self) -> str:
        """Where acme's names begin on the portal's host."""
        return f"{self.portal.host}/acme"

    @property
    def beta(self) -> str:
        return f"{self.portal.host}/beta"

    @property
    def acme_host(self) -> str:
        return CUSTOM_HOST if self.tunnel else self.portal.host_of("acme")

    def secret(self, name: str) -> str:
        """Of a tenant's token that may push, or of one of acme's special ones."""
        return {**self.portal.secrets, **self.found["tokens"]}[name]

    @property
    def environment(self) -> dict[str, str]:
        """How a client finds this portal, whatever resolver and authorities the machine has."""
        if self.tunnel is None:
            return self.portal.by_host
        proxy = f"http://127.0.0.1:{self.tunnel}"
        authority = str(self.authority)
        return {
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy),
            **dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), authority),
        }


@contextmanager
def open_shop(**environ: str) -> Iterator[Shop]:
    with Portal(**environ) as portal:
        yield Shop(portal, portal.call("tests.clients.stock:publish"))
        assert "Fault while answering" not in portal.log, portal.log


@contextmanager
def open_secure_shop() -> Iterator[Shop]:
    """A shop as in production: nginx ends TLS for a host name that acme has verified, and sends the layers."""
    behind = {
        "ASSAY_PORTAL_SCHEME": "https",
        "ASSAY_BEHIND_TLS_PROXY": "true",
        "ASSAY_BLOB_SERVING": "x-accel",
        "ASSAY_TRUSTED_PROXIES": "127.0.0.1",
    }
    with tempfile.TemporaryDirectory(prefix="assay-tls-") as name, Portal(**behind) as portal:
        folder, port = Path(name), any_port()
        authority = write_certificates(folder, CUSTOM_HOST)
        found = portal.call("tests.clients.stock:publish")
        portal.call("tests.clients.stock:name_acme")
        storage, certificate = portal.var / "storage", folder / "server.pem"
        nginx = nginx_before(
            portal.port, listen=port, storage=storage, folder=folder / "nginx", certificate=certificate
        )
        with nginx, tunnel(port) as proxy:
            yield Shop(portal, found, proxy, authority)
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
            **shop.environment,
        }

    def sign_in(self, secret: str) -> Client:
        """Write the file that docker login writes, for the portal's host and acme's."""
        pair = base64.b64encode(f"anyone:{self._shop.secret(secret)}".encode()).decode()
        hosts = (self._shop.portal.host, self._shop.acme_host, self._shop.portal.host_of("beta"))
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
            [needed(program), *rest],
            env=self.environment,
            cwd=cwd or self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def path_of(program: str) -> str | None:
    return shutil.which(program, path=f"{CLIENTS}:{os.environ['PATH']}:/usr/sbin")


def needed(program: str) -> str:
    """Where a program lies; without it the test is skipped, in CI failed."""
    path = path_of(program)
    if path is None:
        reason = f"{program} is not installed"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return path
