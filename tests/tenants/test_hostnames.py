"""A tenant's own host names, proved to a real name server and a real web server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from tenants import challenge, hostnames
from tenants.models import AuditEntry, Hostname, HostnameClaim, Tenant
from tests.servers.names import NameServer, name_server

__all__ = ["name_server"]
NAME = "images.acme.example"
ANYWHERE = ["127.0.0.0/8"]


@pytest.fixture
def names(name_server: NameServer, settings) -> NameServer:
    settings.DNS_SERVERS = [name_server.address]
    name_server.tell()
    return name_server


@pytest.fixture
def claim(acme: Tenant) -> HostnameClaim:
    return hostnames.claim(tenant=acme, name=NAME, actor="tests")


class OneFile(BaseHTTPRequestHandler):
    """The tenant's own web server: it answers what `files` says, or leads elsewhere."""

    files: dict[str, str] = {}

    def do_GET(self) -> None:
        found = self.files.get(self.path)
        self.send_response(302 if found == "elsewhere" else 200 if found else 404)
        if found == "elsewhere":
            self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write((found or "nothing").encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def web(settings) -> Iterator[dict[str, str]]:
    OneFile.files = {}
    with HTTPServer(("127.0.0.1", 0), OneFile) as server:
        settings.CHALLENGE_PORT = server.server_port
        settings.DIRECTORY_ALLOWED_NETWORKS = ANYWHERE
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield OneFile.files
        server.shutdown()


def told(names: NameServer, claim: HostnameClaim, text: str | None = None) -> None:
    names.tell(txt={f"{challenge.LABEL}.{claim.name}": text or challenge.record_of(claim.token)})


def codes(claim: HostnameClaim) -> list[str]:
    with pytest.raises(hostnames.NotProved) as refused:
        hostnames.prove(claim=claim, actor="tests")
    return [each.code for each in refused.value.reasons]


def answers(name: str) -> int:
    return Client(headers={"host": name}).get("/healthz").status_code


def test_a_claim_alone_gives_nothing(claim: HostnameClaim) -> None:
    assert answers(NAME) == 421


def test_a_txt_record_proves_a_name_and_the_tenant_answers_on_it(names, acme, claim) -> None:
    told(names, claim)

    hostnames.prove(claim=claim, actor="alice")

    assert answers(NAME) == 200
    assert not HostnameClaim.objects.exists()
    entry = AuditEntry.objects.get(tenant=acme, verb="hostname.proved")
    assert (entry.object, entry.data) == (NAME, {"way": "dns"})


def test_a_file_on_the_names_own_web_server_proves_it_too(names, web, claim) -> None:
    names.tell(hosts={NAME: "127.0.0.1"})
    web[challenge.PATH + claim.token] = claim.token + "\n"

    hostnames.prove(claim=claim, actor="alice")

    assert answers(NAME) == 200


def test_what_is_missing_is_named(names, web, claim, monkeypatch) -> None:
    assert codes(claim) == ["dns_no_record", "http_no_address"]
    told(names, claim, "assay-verification=another")
    assert codes(claim)[0] == "dns_other_record"
    names.tell(hosts={NAME: "127.0.0.1"})
    assert codes(claim)[1] == "http_other_answer"
    web[challenge.PATH + claim.token] = "elsewhere"
    assert codes(claim)[1] == "http_other_answer"
    names.stop()
    monkeypatch.setattr(challenge, "SECONDS", 0.5)  # of waiting for what is silent, three times
    assert codes(claim) == ["dns_silent", "http_no_address"]


def test_a_web_server_inside_our_network_is_never_asked(names, web, settings, claim) -> None:
    settings.DIRECTORY_ALLOWED_NETWORKS = []
    names.tell(hosts={NAME: "127.0.0.1"})
    web[challenge.PATH + claim.token] = claim.token

    assert codes(claim)[1] == "http_address_refused"


def test_anothers_record_proves_nothing(names, acme, globex, claim) -> None:
    theirs = hostnames.claim(tenant=globex, name=NAME, actor="tests")
    told(names, theirs)

    assert codes(claim)[0] == "dns_other_record"
    hostnames.prove(claim=theirs, actor="tests")
    assert Hostname.objects.get(name=NAME).tenant == globex


def test_a_name_that_leads_here_already_is_not_proved_by_http(names, live_server, settings, claim) -> None:
    """A CNAME that somebody forgot leads to us: we answer no challenge, so it gives the name to nobody."""
    settings.DIRECTORY_ALLOWED_NETWORKS = ANYWHERE
    settings.CHALLENGE_PORT = live_server.thread.port
    names.tell(hosts={NAME: "127.0.0.1"})

    assert codes(claim) == ["dns_no_record", "http_other_answer"]


def test_a_proved_name_is_taken_for_everybody_else(names, acme, globex, claim) -> None:
    late = hostnames.claim(tenant=globex, name=NAME, actor="tests")
    told(names, claim)
    hostnames.prove(claim=claim, actor="tests")
    told(names, late)

    for attempt in (
        lambda: hostnames.prove(claim=late, actor="tests"),
        lambda: hostnames.claim(tenant=globex, name="IMAGES.acme.example.", actor="tests"),
    ):
        with pytest.raises(ValidationError) as refused:
            attempt()
        assert refused.value.code == "hostname_taken"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("localhost", "hostname_invalid"),
        ("example", "hostname_invalid"),
        ("203.0.113.7", "hostname_invalid"),
        ("[2001:db8::1]", "hostname_invalid"),
        ("images.example.com:443", "hostname_invalid"),
        ("*.example.com", "hostname_invalid"),
        ("-a.example.com", "hostname_invalid"),
        ("a..example.com", "hostname_invalid"),
        ("bücher.example", "hostname_invalid"),
        ("a.example.com/path", "hostname_invalid"),
        ("user@a.example.com", "hostname_invalid"),
        (f"{'a' * 64}.example.com", "hostname_invalid"),
        (f"{'a.' * 130}example", "hostname_invalid"),
        ("globex.portal.example", "hostname_of_portal"),
        ("portal.example", "hostname_of_portal"),
        ("assay.portal.example", "hostname_of_portal"),
    ],
)
def test_what_may_not_be_claimed_is_refused_by_name(acme, settings, name: str, code: str) -> None:
    settings.PORTAL_HOST = "assay.portal.example" if code.endswith("portal") else "localhost:8000"
    if name.startswith("globex"):
        name = "globex.assay.portal.example"

    with pytest.raises(ValidationError) as refused:
        hostnames.claim(tenant=acme, name=name, actor="tests")

    assert refused.value.code == code
    assert not HostnameClaim.objects.exists()


def test_claims_have_an_end(acme) -> None:
    for number in range(hostnames.MOST_CLAIMS):
        hostnames.claim(tenant=acme, name=f"n{number}.example.com", actor="tests")
    with pytest.raises(ValidationError) as refused:
        hostnames.claim(tenant=acme, name="more.example.com", actor="tests")
    assert refused.value.code == "hostname_too_many"


def test_a_name_becomes_the_first_and_the_other_may_go(names, acme, claim) -> None:
    told(names, claim)
    own = hostnames.prove(claim=claim, actor="tests")
    hostnames.make_primary(hostname=own, actor="tests")

    assert [each.name for each in Hostname.objects.filter(tenant=acme, is_primary=True)] == [NAME]
    own.refresh_from_db()
    given = Hostname.objects.get(tenant=acme, is_primary=False)
    for hostname, code in ((own, "hostname_primary"), (given, "hostname_of_portal")):
        with pytest.raises(ValidationError) as refused:
            hostnames.release(hostname=hostname, actor="tests")
        assert refused.value.code == code
    hostnames.make_primary(hostname=given, actor="tests")
    own.refresh_from_db()
    hostnames.release(hostname=own, actor="tests")
    assert answers(NAME) == 421


def test_certificates_are_allowed_for_names_that_answer_and_no_others(acme, claim) -> None:
    portal = Client(headers={"host": "localhost"})
    asked = {
        name: portal.get("/tls-allowed", {"domain": name}).status_code
        for name in ("acme.localhost", NAME, "")
    }
    assert asked == {"acme.localhost": 200, NAME: 404, "": 404}
    Tenant.objects.filter(pk=acme.pk).update(is_active=False)
    assert portal.get("/tls-allowed", {"domain": "acme.localhost"}).status_code == 404


def test_the_page_takes_a_claim_says_what_is_missing_and_lets_the_name_answer(names, acme, alice) -> None:
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(alice, backend="tenants.signin.PlatformBackend")
    client.post("/settings/hostnames/", {"name": "Images.Acme.example"})
    claim = HostnameClaim.objects.get()
    assert challenge.record_of(claim.token) in client.get("/settings/hostnames/").content.decode()

    answer = client.post(f"/settings/hostnames/claims/{claim.pk}/prove")
    assert "Looked for without success" in client.get("/settings/hostnames/").content.decode()
    assert answer.status_code == 422
    assert "has no TXT record yet" in answer.content.decode()

    told(names, claim)
    assert client.post(f"/settings/hostnames/claims/{claim.pk}/prove").status_code == 302
    assert "images.acme.example is yours" in client.get("/settings/hostnames/").content.decode()


def test_a_mistake_is_said_at_its_field_and_kept(acme, alice) -> None:
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(alice, backend="tenants.signin.PlatformBackend")
    answer = client.post("/settings/hostnames/", {"name": "not a name"})
    assert answer.status_code == 422
    assert 'value="not a name"' in answer.content.decode()


def test_the_record_to_point_a_name_here_names_no_port(acme, alice) -> None:
    client = Client(headers={"host": "acme.localhost:8000"})
    client.force_login(alice, backend="tenants.signin.PlatformBackend")
    page = client.get("/settings/hostnames/").content.decode()
    assert "CNAME to <code>acme.localhost</code>" in page
