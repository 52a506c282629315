"""A Debian archive on loopback: signed releases, indexes and packages, served over HTTP with mishaps on demand."""

from __future__ import annotations

import hashlib
import http.server
import lzma
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

from builds.engine.sources.archive import Source
from builds.engine.sources.transport import Patience, Transport
from tests.builds.engine.debs import Deb, lock_deb

NEVER_LONG = Patience(connect=1.0, read=1.0, whole=10.0, tries=2, pause=0.0)
SUITE = "trixie"
DATE = 1_787_000_000


class Signer:
    """A throw-away key of its own, as an archive has."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(mode=0o700)
        self._gpg("--quick-gen-key", "archive@example.org", "ed25519", "sign", "never")
        self.keyring = home / "archive.gpg"
        self.keyring.write_bytes(self._gpg("--export"))

    def _gpg(self, *words: str, data: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", str(self.home), "--batch", "--quiet", "--passphrase", "", "--pinentry-mode",
                   "loopback", *words]  # fmt: skip
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout

    def sign(self, text: str) -> bytes:
        return self._gpg("--clearsign", data=text.encode())

    def stop(self) -> None:
        subprocess.run(["gpgconf", "--homedir", str(self.home), "--kill", "all"], check=False)


@dataclass
class Archive:
    """The files of an archive; `broken` maps a path to what goes wrong there."""

    signer: Signer
    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def source(self) -> Source:
        return Source("debian", self.address, SUITE, self.signer.keyring)

    def publish(self, *debs: Deb, date: int = DATE, valid_for: int | None = None) -> None:
        """Offer these packages, and no others, in a release of this date."""
        index = "".join(_stanza(deb) for deb in debs).encode()
        packed = lzma.compress(index)
        for deb in debs:
            self.files[lock_deb(deb).path] = deb.to_bytes()
        release = (
            f"Origin: Debian\nSuite: stable\nCodename: {SUITE}\nDate: {formatdate(date, usegmt=True)}\n"
            + (f"Valid-Until: {formatdate(date + valid_for, usegmt=True)}\n" if valid_for is not None else "")
            + f"SHA256:\n {hashlib.sha256(packed).hexdigest()} {len(packed)} main/binary-amd64/Packages.xz\n"
        )
        self.files[f"dists/{SUITE}/main/binary-amd64/Packages.xz"] = packed
        self.files[f"dists/{SUITE}/InRelease"] = self.signer.sign(release)


def _stanza(deb: Deb) -> str:
    locked = lock_deb(deb)
    return deb.control + (
        f"Filename: {locked.path}\nSize: {locked.size}\nSHA256: {locked.sha256}\n"
        f"Installed-Size: {locked.installed_size // 1024 + 1}\n\n"
    )


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    archive: Archive

    def do_GET(self) -> None:
        path, asked = self.path.lstrip("/"), self.headers.get("Range", "")
        self.archive.asked.append((path, asked))
        body, mishap = self.archive.files.get(path), self.archive.broken.get(path, "")
        if mishap == "busy" or body is None:
            self._send(503 if mishap else 404, b"no")
            return
        start, _, end = asked.removeprefix("bytes=").partition("-")
        if asked and mishap != "no ranges":
            self._send(206, body[int(start) : int(end) + 1 if end else None], mishap)
        else:
            self._send(200, body, mishap)

    def _send(self, status: int, body: bytes, mishap: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if mishap == "cut":
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif mishap == "cut once":
            self.archive.broken.clear()
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        else:
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(archive: Archive) -> Iterator[Archive]:
    """Serve the archive on a free loopback port."""
    handler = type("Handler", (_Handler,), {"archive": archive})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    archive.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield archive
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def impatient() -> Iterator[Transport]:
    """A transport that gives up fast."""
    with Transport(NEVER_LONG) as transport:
        yield transport


def sources(archive: Archive) -> Sequence[Source]:
    return (archive.source,)
