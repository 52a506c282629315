"""The portal's web process over the world of rows: a real server, a database file of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.servers.running import ROOT, any_port

PATIENCE = 120


class Portal:
    """One web process. `address` is the portal host's; acme is below `/acme`."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.port = any_port()
        self.address = f"http://localhost:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, like: Portal | None = None) -> Portal:
        """Serve a world that is filled anew, or begins as that of another portal."""
        if like is not None:
            shutil.copytree(like.place, self.place)
        else:
            for folder in ("log", "queue/messages", "queue/control"):
                (self.place / folder).mkdir(parents=True)
            self._run("-m", "tests.browser.fill")
        options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--no-ws"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "granian", *options, "portal.wsgi:application"],
                cwd=ROOT, env=self._environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self._await()
        return self

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def run(self, code: str) -> None:
        """Run a few lines beside the server, in the same database: what a worker would have changed."""
        self._run("-c", f"import django; django.setup()\n{code}")

    @property
    def _log(self) -> Path:
        return self.place / "log" / "web.log"

    @property
    def _environ(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "PYTHONWARNINGS")
        }
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "ASSAY_VAR": str(self.place),
            "DATABASE_URL": f"sqlite:///{self.place / 'world.sqlite3'}",
            "ASSAY_SNAPSHOTS": str(self.place / "snapshots"),
            "ASSAY_PORTAL_HOST": f"localhost:{self.port}",
        }

    def _run(self, *argv: str) -> None:
        done = subprocess.run(
            [sys.executable, *argv],
            check=False, cwd=ROOT, env=self._environ, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def _await(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.address}/healthz", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"the web process does not answer:\n{self._log.read_text()}")
