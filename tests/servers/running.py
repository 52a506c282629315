"""The whole product, started as a user would: `manage.py demo` in a place of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from portal.demo.processes import leftovers

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240


def any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RunningPortal:
    """One place and the demo that runs there. May be stopped and started again."""

    def __init__(self, var: Path, **environ: str) -> None:
        self.var = var
        self.output = var.parent / f"{var.name}.out"
        self._environ = environ
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str, port: int | None = None) -> RunningPortal:
        """Start it and wait until its address is printed."""
        subprocess.run([ROOT / "deploy/setup/secrets.sh"], env=self.environ, check=True)
        self.output.unlink(missing_ok=True)
        argv = [sys.executable, "manage.py", "demo", "--port", str(port or any_port()), *options]
        with self.output.open("wb") as out:
            self._process = subprocess.Popen(
                argv,
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                process_group=0,
            )
        self.wait_for("Assay answers at")
        return self

    def run_to_end(self, *options: str) -> subprocess.CompletedProcess[str]:
        """A start that is expected to be refused."""
        argv = [sys.executable, "manage.py", "demo", *options]
        return subprocess.run(
            argv,
            check=False,
            cwd=ROOT,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop as Ctrl-C does; returns its exit status. Ends what a failed test left, too."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            return self._process.wait(timeout=30)
        finally:
            self._process.kill()
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """End the supervisor as `kill -9` does, and wait for its children to follow."""
        self._process.kill()
        self._process.wait()
        self._process = None

    def clean_up(self) -> None:
        """Stop it, however far it came; nothing of it may outlive the tests."""
        try:
            self.stop()
        finally:
            for pid in leftovers(self.var):
                os.kill(pid, signal.SIGKILL)

    def wait_for(self, text: str, *, seconds: float = PATIENCE) -> str:
        """Wait until the output contains `text`; returns the output so far."""
        end = time.monotonic() + seconds
        while text not in (said := self.said):
            if self._process is not None and self._process.poll() is not None:
                raise AssertionError(
                    f"the demo ended with status {self._process.returncode}:\n{said}\n{self.logs}"
                )
            if time.monotonic() > end:
                raise AssertionError(
                    f"the demo did not say {text!r} within {seconds} s:\n{said}\n{self.logs}"
                )
            time.sleep(0.05)
        return said

    def pid_of(self, name: str) -> int:
        return int((self.var / "run" / f"{name}.pid").read_text())

    @property
    def environ(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if name not in ("SECRET_KEY", "PYTHONWARNINGS")
        }
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "ASSAY_VAR": str(self.var),
            # Prepared package indexes are public and the same for every run on this machine.
            "ASSAY_SNAPSHOTS": os.environ.get("ASSAY_SNAPSHOTS", str(Path.home() / ".cache/assay/snapshots")),
            **self._environ,
        }

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def logs(self) -> str:
        logs = sorted((self.var / "log").glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text()[-4000:]}" for log in logs)

    @property
    def demo(self) -> dict:
        return json.loads((self.var / "demo.json").read_text())

    @property
    def address(self) -> str:
        return self.demo["address"]

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def person(self, role: str) -> dict:
        return next(person for person in self.demo["people"] if person["role"] == role)
