"""Does whoever claims a host name control it? Asked of the name server, and of the name's own web server.

The portal never answers a challenge itself: a name that points here already (a CNAME somebody forgot) proves
nothing by HTTP, and is proved by DNS alone. Not in charge of what a proof leads to: see `tenants.hostnames`.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass

import dns.exception
import dns.resolver
from django.conf import settings
from django.utils.translation import gettext as _

from tenants import outside

#: For each step of an answer, and for all of one by HTTP.
SECONDS, MOST_SECONDS = 5.0, 15.0
_LARGEST = 4096
#: Where the TXT record stands, in front of the name.
LABEL = "_assay-challenge"
#: Where the file stands, on the name's web server.
PATH = "/.well-known/assay-challenge/"


@dataclass(frozen=True, slots=True)
class NoProof:
    """Why one way of asking proved nothing; `code` is stable, `sentence` is for people."""

    code: str
    sentence: str


def record_of(token: str) -> str:
    """What the TXT record says."""
    return f"assay-verification={token}"


def by_dns(name: str, token: str) -> NoProof | None:
    """None when a TXT record of `_assay-challenge.<name>` is the one that belongs to `token`."""
    asked = f"{LABEL}.{name}"
    try:
        found = _resolver().resolve(asked, "TXT", search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return NoProof("dns_no_record", _("%(name)s has no TXT record yet.") % {"name": asked})
    except dns.exception.DNSException:
        return NoProof("dns_silent", _("The name servers of %(name)s do not answer.") % {"name": asked})
    texts = [b"".join(each.strings).decode("utf-8", "replace").strip() for each in found]
    if record_of(token) in texts:
        return None
    return NoProof("dns_other_record", _("%(name)s has a TXT record, but another one.") % {"name": asked})


def by_http(name: str, token: str) -> NoProof | None:
    """None when `http://<name>/.well-known/assay-challenge/<token>` answers with the token. No redirects."""
    addresses = list(_addresses(name))
    if not addresses:
        return NoProof("http_no_address", _("%(name)s has no address yet.") % {"name": name})
    connection = http.client.HTTPConnection(name, settings.CHALLENGE_PORT, timeout=SECONDS)
    try:
        with outside.no_longer_than(MOST_SECONDS):
            connection.sock = outside.connect_to(addresses, name, settings.CHALLENGE_PORT, SECONDS)
            connection.request("GET", PATH + token, headers={"Host": name})
            with connection.getresponse() as answer:
                body = answer.read(_LARGEST)
    except (outside.NoWay, OSError, http.client.HTTPException) as error:
        if getattr(error, "code", "") == "address_refused":
            return NoProof("http_address_refused", _("%(name)s is at an internal address.") % {"name": name})
        return NoProof("http_silent", _("%(name)s does not answer by HTTP.") % {"name": name})
    finally:
        connection.close()
    if answer.status == http.HTTPStatus.OK and body.strip() == token.encode():
        return None
    sentence = _("%(name)s answers %(status)s and not with the token.")
    return NoProof("http_other_answer", sentence % {"name": name, "status": answer.status})


def _addresses(name: str) -> Iterator[str]:
    for kind in ("A", "AAAA"):
        try:
            yield from (str(each.address) for each in _resolver().resolve(name, kind, search=False))
        except dns.exception.DNSException:
            continue


def _resolver() -> dns.resolver.Resolver:
    """The system's, unless the operator names servers."""
    resolver = dns.resolver.Resolver(configure=not settings.DNS_SERVERS)
    resolver.lifetime = SECONDS
    resolver.cache = None
    if settings.DNS_SERVERS:
        hosts = [server.rpartition(":") for server in settings.DNS_SERVERS]
        resolver.nameservers = [host for host, _colon, _port in hosts]
        resolver.nameserver_ports = {host: int(port) for host, _colon, port in hosts}
    return resolver
