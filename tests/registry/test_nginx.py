"""The registry behind a real nginx, with the configuration that we recommend: who sends which byte, and to whom."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.storage import PIECE
from tests.conformance.server import Portal
from tests.registry.wire import image, sha256
from tests.servers.nginx import nginx_before
from tests.servers.running import any_port

pytestmark = pytest.mark.xdist_group("nginx")
CONTENT = os.urandom(300_000)
DIGEST = sha256(CONTENT)
#: Another loopback address than nginx's own, so that it can be told from it.
CLIENT = "127.0.0.9"


@dataclass
class Front:
    portal: Portal
    port: int

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(CLIENT, 0))

    def __call__(
        self, method: str, path: str, body: bytes | None = None, *, tenant: str = "acme", **headers: str
    ):
        """A request as a client would send it; the answer has its body in `content`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Host": self.portal.host_of(tenant), "Authorization": self.portal.basic(tenant), **named}
        connection = self.connect()
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        answer.content = answer.read()
        connection.close()
        return answer

    @property
    def host(self) -> str:
        return self.portal.host_of("acme")

    def files(self) -> list[Path]:
        return [path for path in (self.portal.var / "storage" / "blobs").rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    port, folder = any_port(), tmp_path_factory.mktemp("nginx")
    settings = {"ASSAY_BLOB_SERVING": "x-accel", "ASSAY_TRUSTED_PROXIES": "127.0.0.1"}
    with (
        Portal(front=port, **settings) as portal,
        nginx_before(portal.port, listen=port, storage=portal.var / "storage", folder=folder),
    ):
        found = Front(portal, port)
        pushed = found("POST", f"/v2/app/blobs/uploads/?digest={DIGEST}", CONTENT)
        assert pushed.status == 201, pushed.content
        yield found


BLOB = f"/v2/app/blobs/{DIGEST}"


def test_a_whole_blob_with_our_headers(front):
    answer = front("GET", BLOB)
    assert (answer.status, answer.content) == (200, CONTENT)
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Docker-Content-Digest"] == DIGEST
    assert answer.headers.get_all("ETag") == [f'"{DIGEST}"']
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "Content-Encoding" not in answer.headers
    assert "X-Accel-Redirect" not in answer.headers


def test_the_bytes_are_sent_by_nginx(front):
    """Asked directly, the web process gives a place and no byte."""
    connection = http.client.HTTPConnection("127.0.0.1", front.portal.port)
    sent = {"Host": front.host, "Authorization": front.portal.basic("acme")}
    connection.request("GET", BLOB, headers=sent)
    answer = connection.getresponse()
    assert answer.read() == b""
    assert answer.headers["X-Accel-Redirect"].startswith("/_assay/blobs/sha256/")
    connection.close()


def test_head_says_the_same(front):
    answer = front("HEAD", BLOB)
    assert (answer.status, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["Docker-Content-Digest"] == DIGEST


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 0), ("bytes=1000-1999", 1000, 1999), ("bytes=299990-", 299990, 299999),
     ("bytes=-10", 299990, 299999), ("bytes=299999-400000", 299999, 299999)],
)  # fmt: skip
def test_a_range(front, asked, start, end):
    answer = front("GET", BLOB, Range=asked)
    assert (answer.status, answer.content) == (206, CONTENT[start : end + 1])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end}/{len(CONTENT)}"
    assert answer.headers["Docker-Content-Digest"] == DIGEST


def test_ranges_that_cannot_be(front):
    assert front("GET", BLOB, Range="bytes=300000-").status == 416
    assert front("GET", BLOB, Range="bytes=0-1,5-6").content == CONTENT


def test_not_yours_and_not_there_are_one_answer(front):
    front(
        "POST",
        f"/v2/app/blobs/uploads/?digest={sha256(b'x')}",
        b"x",
        tenant="beta",
    )
    foreign = front("GET", BLOB, tenant="beta")
    missing = front("GET", BLOB[:-4] + "0000", tenant="beta")
    assert foreign.status == missing.status == 404
    assert foreign.content == missing.content
    assert front("GET", BLOB, Authorization="").status == 401


def test_the_files_cannot_be_asked_for_from_outside(front):
    (path,) = (one for one in front.files() if one.name.startswith(DIGEST[7:]))
    key = path.relative_to(front.portal.var / "storage")
    places = [
        f"/_assay/{key}", f"/_assay/blobs/../{key}", f"//_assay/{key}", f"/%5Fassay/{key}", f"/v2/../_assay/{key}",
        "/_assay/", "/_assay/blobs/", "/_assay/uploads/", "/_assay/blobs/../uploads/", f"/{key}",
    ]  # fmt: skip
    for place in places:
        answer = front("GET", place, X_Accel_Redirect=f"/_assay/{key}")
        assert answer.status not in (200, 206, 301, 302), place
        assert CONTENT[:100] not in answer.content


def test_a_chunked_upload_comes_through_as_it_is_sent_and_is_resumed(front):
    """nginx must pass each piece on at once, or a broken connection would lose what had been sent."""
    place = front("POST", "/v2/app/blobs/uploads/").headers["Location"]
    sent = os.urandom(3 * PIECE)
    connection = front.connect()
    connection.putrequest("PATCH", place, skip_host=True)
    for name, value in (("Host", front.host), ("Authorization", front.portal.basic("acme"))):
        connection.putheader(name, value)
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    connection.send(b"%x\r\n%s\r\n" % (len(sent), sent))
    until(lambda: front("GET", place).headers["Range"] == f"0-{len(sent) - 1}")
    connection.sock.shutdown(socket.SHUT_RDWR)  # the sender goes away in the middle of its body
    connection.close()
    digest = hashlib.sha256(sent + b"the rest").hexdigest()
    after = {"Content_Range": f"{len(sent)}-{len(sent) + 7}"}
    # The web process may not have noticed yet that the first sender is gone: until then it refuses a second.
    until(lambda: front("PUT", f"{place}?digest=sha256:{digest}", b"the rest", **after).status == 201)


def until(is_so) -> None:
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_body_that_is_too_large_for_anything_but_a_layer_is_refused_by_nginx(front):
    answer = front("POST", "/accounts/login/", None, Content_Length=str(17 * 1024 * 1024))
    assert answer.status == 413


def test_the_pull_audit_names_the_client_not_nginx(front):
    for blob in (b"{}", b"layer"):
        front("POST", f"/v2/app/blobs/uploads/?digest={sha256(blob)}", blob)
    manifest = image(b"layer")
    kind = "application/vnd.oci.image.manifest.v1+json"
    assert front("PUT", "/v2/app/manifests/1", manifest, Content_Type=kind).status == 201
    assert front("GET", "/v2/app/manifests/1", X_Forwarded_For="10.9.8.7").status == 200
    with closing(sqlite3.connect(front.portal.var / "assay.sqlite3")) as database:
        until(lambda: database.execute("SELECT address FROM registry_pull").fetchall() == [(CLIENT,)])
