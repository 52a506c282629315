"""A portal of its own for one test: granian, a database and storage below a temporary directory.

SQLite, unless another database is named. Needs no network and leaves nothing behind; several may run at once.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from portal.demo import roster
from tests.servers import migrated

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = Path(
    os.environ.get("ASSAY_CLIENTS")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "assay" / "clients"
)


class Portal:
    """A running portal: `host` ("localhost:PORT"), and an access token's secret by tenant slug.

    With `front` clients reach it through another port, where a proxy listens. `has_pages` collects the static
    files, without which the registry and the interfaces answer but no page does.
    """

    def __init__(
        self,
        database: str = "",
        *,
        workers: int = 1,
        front: int | None = None,
        has_pages: bool = False,
        **environ: str,
    ) -> None:
        self._workers, self._has_pages = workers, has_pages
        self._scratch = tempfile.TemporaryDirectory(prefix="assay-portal-")
        self.var = Path(self._scratch.name)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._file = None if database else self.var / "assay.sqlite3"
        self.host = f"localhost:{front or self.port}"
        self.secrets: dict[str, str] = {}
        self.environment = os.environ | {
            "ASSAY_VAR": str(self.var),
            "ASSAY_STORAGE": str(self.var / "storage"),
            "ASSAY_TOKEN_KEY": str(self.var / "token.pem"),
            "ASSAY_PORTAL_HOST": self.host,
            "DATABASE_URL": database or f"sqlite:///{self._file}",
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "SECRET_KEY": "a key for tests only",
            "LOG_LEVEL": "WARNING",
            **environ,
        }
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._migrate()
        self.secrets = self.call("tests.conformance.stock:tenants")
        if self._has_pages:
            self.manage("collectstatic", "--noinput", "--verbosity", "0", ASSAY_ROLE="web")
        self.start()
        return self

    def start(self) -> None:
        """Run the server; again, after it was killed."""
        log = (self.var / "server.log").open("ab")
        self._server = subprocess.Popen(
            roster.web(self.port, workers=self._workers),
            cwd=ROOT, env=self.environment | {"ASSAY_ROLE": "web"}, stdout=log, stderr=log, process_group=0,
        )  # fmt: skip
        log.close()
        self._wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGTERM)
            try:
                self._server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        self._scratch.cleanup()

    @property
    def by_host(self) -> dict[str, str]:
        """Environment in which `<tenant>.localhost:PORT` is found by a client, whatever resolver it has."""
        proxy = f"http://127.0.0.1:{self.port}"
        # A server takes requests in a proxy's form as well. Go asks no proxy for "localhost" itself.
        return {"HTTP_PROXY": proxy, "http_proxy": proxy, "NO_PROXY": "", "no_proxy": ""}

    def host_of(self, tenant: str) -> str:
        return f"{tenant}.localhost:{self.port}"

    def basic(self, tenant: str) -> str:
        """An Authorization header with a tenant's token."""
        return "Basic " + base64.b64encode(f"anyone:{self.secrets[tenant]}".encode()).decode()

    def docker_config(self, tenant: str) -> str:
        """What `docker login` writes, for the portal's host."""
        return json.dumps({"auths": {self.host: {"auth": self.basic(tenant).partition(" ")[2]}}})

    @property
    def pid(self) -> int:
        """The server's process."""
        if self._server is None:
            raise RuntimeError("The portal does not run.")
        return self._server.pid

    def kill(self) -> None:
        """End the server and its workers as `kill -9` does."""
        os.killpg(self.pid, signal.SIGKILL)
        self._server.wait()

    @property
    def log(self) -> str:
        return (self.var / "server.log").read_text(errors="replace")

    def manage(self, *arguments: str, **environ: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment | environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    def call(self, function: str) -> Any:
        """What `module:function()` gives, as JSON, run in a process of this portal."""
        module, _, name = function.partition(":")
        code = f"import json\nfrom {module} import {name}\nprint(json.dumps({name}()))"
        return json.loads(self.manage("shell", "--verbosity", "0", "-c", code))

    def _migrate(self) -> None:
        if self._file is None:
            self.manage("migrate", "--verbosity", "0")
        else:
            migrated.fill(
                self._file, lambda url: self.manage("migrate", "--verbosity", "0", DATABASE_URL=url)
            )

    def _wait(self) -> None:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://localhost:{self.port}/healthz"):
                    return
            except (urllib.error.URLError, ConnectionError):
                if self._server is None or self._server.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError(f"The portal did not start:\n{self.log}")
