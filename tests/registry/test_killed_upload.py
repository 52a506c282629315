"""Uploads on a real server: it is killed in the middle of one, and two senders write to one."""

from __future__ import annotations

import http.client
import os
import time

import pytest

from registry.storage import PIECE
from tests.conformance.server import Portal
from tests.registry.wire import sha256

pytestmark = pytest.mark.xdist_group("killed-upload")


class Sender:
    """Requests as acme to the server that runs now."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def connect(self, method: str, path: str, **headers: str) -> http.client.HTTPConnection:
        """A request whose body is still to be sent."""
        connection = http.client.HTTPConnection("127.0.0.1", self.portal.port, timeout=30)
        connection.putrequest(method, path, skip_host=True)
        sent = {"Host": self.portal.host_of("acme"), "Authorization": self.portal.basic("acme"), **headers}
        for name, value in sent.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        return connection

    def __call__(self, method: str, path: str, body: bytes = b"", **headers: str) -> http.client.HTTPResponse:
        connection = self.connect(method, path, Content_Length=str(len(body)), **headers)
        connection.send(body)
        answer = connection.getresponse()
        answer.content = answer.read()
        connection.close()
        return answer

    def await_range(self, path: str, wanted: str) -> None:
        end = time.monotonic() + 20
        while (found := self("GET", path).headers["Range"]) != wanted:
            assert time.monotonic() < end, found
            time.sleep(0.05)


def test_an_upload_goes_on_after_its_server_was_killed(tmp_path):
    content = os.urandom(5 * PIECE)
    sent = 3 * PIECE
    with Portal() as portal:
        ask = Sender(portal)
        place = ask("POST", "/v2/app/blobs/uploads/").headers["Location"]
        first = ask.connect("PATCH", place, Content_Length=str(len(content)))
        first.send(content[:sent])
        ask.await_range(place, f"0-{sent - 1}")
        # While the first sender is at it, a second is told to wait, and where the upload stands.
        second = ask("PATCH", place, b"x" * 10, Content_Range=f"{sent}-{sent + 9}")
        assert (second.status, second.headers["Range"]) == (416, f"0-{sent - 1}")
        portal.kill()
        first.close()
        portal.start()
        stands = ask("GET", place)
        assert (stands.status, stands.headers["Range"]) == (204, f"0-{sent - 1}")
        wrong = ask("PATCH", place, content, Content_Range=f"0-{len(content) - 1}")
        assert wrong.status == 416
        rest = ask("PATCH", place, content[sent:], Content_Range=f"{sent}-{len(content) - 1}")
        assert rest.status == 202
        assert ask("PUT", f"{place}?digest={sha256(content)}").status == 201
        assert ask("GET", f"/v2/app/blobs/{sha256(content)}").content == content
        assert not list((portal.var / "storage" / "uploads").iterdir())
