"""What is asked outside ends, however slowly it is answered: an issuer, a provider, the web server of a claimed name."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tenants import challenge, outside
from tenants.directory.throwaway import certificates
from tenants.oidc import asking
from tenants.trust import fetch
from tenants.trust.errors import NotTrusted
from tests.servers.dripping import PAUSE, dripping_server
from tests.servers.silent import silent_server

#: Many bytes come within it, so that no step of an answer is slow.
LIMIT = 20 * PAUSE
#: Where the answer never ends: in its status, in a header, in its body.
NEVER_ENDING = {
    "status": (b"HTTP/1.1 200 ", b"O"),
    "header": (b"HTTP/1.1 200 OK\r\n", b"X-Another: 1\r\n"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{", b" "),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.fixture
def secure(tmp_path: Path, settings) -> ssl.SSLContext:
    tls = certificates(tmp_path)
    settings.ISSUER_CA_FILE = str(tls.authority)
    settings.DIRECTORY_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)
    return context


@pytest.mark.parametrize("place", NEVER_ENDING)
def test_an_issuer_that_drips_is_given_up(secure, monkeypatch, place: str):
    monkeypatch.setattr(fetch, "MOST_SECONDS", LIMIT)
    with dripping_server(*NEVER_ENDING[place], secure) as port, pytest.raises(NotTrusted) as refused:
        fetch.fetch_json(f"https://127.0.0.1:{port}/keys")
    assert (refused.value.code, "takes longer" in str(refused.value)) == ("issuer_unreachable", True)


@pytest.mark.parametrize("place", NEVER_ENDING)
def test_a_provider_that_drips_is_given_up(secure, monkeypatch, place: str):
    monkeypatch.setattr(asking, "MOST_SECONDS", LIMIT)
    with dripping_server(*NEVER_ENDING[place], secure) as port, pytest.raises(asking.Refused) as refused:
        asking.Session().get(f"https://127.0.0.1:{port}/keys")
    assert refused.value.code == "provider_too_slow"


@pytest.mark.parametrize("place", NEVER_ENDING)
def test_a_web_server_that_drips_proves_nothing(settings, monkeypatch, place: str):
    settings.DIRECTORY_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(challenge, "MOST_SECONDS", LIMIT)
    monkeypatch.setattr(challenge, "_addresses", lambda name: ["127.0.0.1"])
    with dripping_server(*NEVER_ENDING[place]) as port:
        settings.CHALLENGE_PORT = port
        assert challenge.by_http("images.acme.example", "token").code == "http_silent"


def test_a_handshake_that_drips_is_given_up(secure, monkeypatch):
    monkeypatch.setattr(fetch, "MOST_SECONDS", LIMIT)
    record = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"  # the head of a long ServerHello
    with dripping_server(record, b"\0") as port, pytest.raises(NotTrusted, match="takes longer"):
        fetch.fetch_json(f"https://127.0.0.1:{port}/keys")


def test_a_limit_leaves_alone_what_ended_before_it(settings):
    settings.DIRECTORY_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with silent_server() as port:
        with outside.no_longer_than(60):
            made = outside.connect("127.0.0.1", port, 5)
        made.sendall(b"still open")
        made.close()


def test_each_address_is_tried_and_none_that_is_internal(settings):
    with silent_server() as port:
        settings.DIRECTORY_ALLOWED_NETWORKS = ["127.0.0.0/8"]
        outside.connect_to(["127.0.0.2", "127.0.0.1"], "images.example", port, 5).close()
        settings.DIRECTORY_ALLOWED_NETWORKS = ["127.0.0.2/32"]
        with pytest.raises(outside.NoWay) as refused:
            outside.connect_to(["127.0.0.2", "127.0.0.1"], "images.example", port, 5)
    assert refused.value.code == "address_refused"
