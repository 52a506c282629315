"""A real name server for tests (dnsmasq) on a free loopback port; it knows what it is told and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import dns.exception
import dns.resolver
import pytest

from tests.servers.running import any_port

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
PATIENCE = 20


class NameServer:
    """`tell` replaces all that it knows."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.port = any_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def tell(self, *, txt: dict[str, str] | None = None, hosts: dict[str, str] | None = None) -> None:
        self.stop()
        lines = [
            *("no-resolv", "no-hosts", "bind-interfaces", "listen-address=127.0.0.1", f"port={self.port}"),
            *(f"txt-record={name},{text}" for name, text in (txt or {}).items()),
            *(f"address=/{name}/{address}" for name, address in (hosts or {}).items()),
            *("local=/example/", "local=/com/", "user=root", "group=root"),
        ]
        config = self.place / "dnsmasq.conf"
        config.write_text("\n".join(lines) + "\n")
        program = shutil.which("dnsmasq", path=PATH) or "dnsmasq"
        options = ["--keep-in-foreground", f"--conf-file={config}", "--pid-file="]
        self._process = subprocess.Popen([program, *options], stderr=subprocess.DEVNULL)
        self._await()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)
            self._process = None

    def _await(self) -> None:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port, resolver.lifetime = ["127.0.0.1"], self.port, 1
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                resolver.resolve("ready.example", "A")
            except dns.resolver.NXDOMAIN:
                return
            except dns.exception.DNSException:
                time.sleep(0.05)
        raise AssertionError("dnsmasq does not answer")


@pytest.fixture
def name_server(tmp_path: Path) -> Iterator[NameServer]:
    if shutil.which("dnsmasq", path=PATH) is None:
        reason = "dnsmasq is not installed; see make setup-test"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    server = NameServer(tmp_path)
    try:
        yield server
    finally:
        server.stop()
