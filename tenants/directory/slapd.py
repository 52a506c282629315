"""A small OpenLDAP server for demonstrations and tests: loads a tree, listens on loopback, ends with its owner.

Never part of a real installation, where directories are other people's servers.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

_ENDS_WITH_US = ("setpriv", "--pdeathsig", "TERM")
_SCHEMAS = ("core", "cosine", "inetorgperson", "nis")


class SlapdTrouble(RuntimeError):
    """The server could not be started; the message has its own words."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Paths of PEM files."""

    authority: Path
    certificate: Path
    key: Path


class Slapd:
    """Use as a context manager; `uri` (and `ldaps_uri`, with TLS) answer inside the block."""

    PATH: ClassVar[str] = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])

    def __init__(
        self, *, place: Path, tree: Path, base: str, root_dn: str, root_password: str, tls: Tls | None = None
    ) -> None:
        self.place, self.tree, self.base, self.tls = place, tree, base, tls
        self.root_dn, self.root_password = root_dn, root_password
        self.port, self.ldaps_port = _free_port(), _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def ldaps_uri(self) -> str:
        return f"ldaps://127.0.0.1:{self.ldaps_port}"

    @property
    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        configuration = self._configure()
        self._load(configuration)
        listen = self.uri + (f" {self.ldaps_uri}" if self.tls else "")
        with (self.place / "slapd.log").open("ab") as log:
            self._process = subprocess.Popen(
                # -d keeps it in the foreground, so that it is our child and ends by its pid.
                # setpriv becomes slapd (same pid) after asking the kernel to end it with us, however we end.
                [*_ENDS_WITH_US, _program("slapd"), "-d", "0", "-f", configuration, "-h", listen],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        self._wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _configure(self) -> Path:
        data = self.place / "data"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(parents=True)
        lines = [f"include /etc/ldap/schema/{each}.schema" for each in _SCHEMAS]
        lines += [f'pidfile "{self.place / "slapd.pid"}"', "modulepath /usr/lib/ldap", "moduleload back_mdb"]
        if self.tls:
            lines += [
                f'TLSCACertificateFile "{self.tls.authority}"',
                f'TLSCertificateFile "{self.tls.certificate}"',
                f'TLSCertificateKeyFile "{self.tls.key}"',
            ]
        lines += ["database mdb", "maxsize 67108864", f'suffix "{self.base}"', f'directory "{data}"']
        lines += [f'rootdn "{self.root_dn}"', f'rootpw "{self.root_password}"', "index objectClass,uid eq"]
        path = self.place / "slapd.conf"
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n")
        return path

    def _load(self, configuration: Path) -> None:
        run = subprocess.run(
            [_program("slapadd"), "-q", "-f", configuration, "-l", self.tree],
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise SlapdTrouble(f"slapadd could not load {self.tree}: {run.stderr.strip()}")

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        log = (self.place / "slapd.log").read_text(errors="replace")[-800:]
        self.__exit__(None, None, None)
        raise SlapdTrouble(f"slapd did not start: {log}")


def _program(name: str) -> str:
    found = shutil.which(name, path=Slapd.PATH)
    if found is None:
        raise SlapdTrouble(f"{name} is not installed; on Debian it is in the package slapd.")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
