"""A real slapd for tests, with a tree loaded by slapadd, on free loopback ports."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tenants.directory.slapd import Slapd, Tls

DATA = Path(os.environ.get("ASSAY_TEST_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
TREE = DATA / "ldap" / "planetexpress.ldif"
BASE = "dc=planetexpress,dc=com"
PEOPLE = f"ou=people,{BASE}"
ADMIN, ADMIN_PASSWORD = f"cn=admin,{BASE}", "GoodNewsEveryone"


def certificates(place: Path, name: str = "127.0.0.1") -> Tls:
    """A throw-away authority, and a server certificate for the loopback address."""
    place.mkdir(parents=True, exist_ok=True)
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _certificate("tests", authority_key, "tests", authority_key, None)
    server = _certificate(name, server_key, "tests", authority_key, x509.IPAddress(ip_address("127.0.0.1")))
    tls = Tls(place / "ca.pem", place / "server.pem", place / "server.key")
    tls.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    tls.certificate.write_bytes(server.public_bytes(serialization.Encoding.PEM))
    tls.key.write_bytes(
        server_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return tls


def _certificate(subject, key, issuer, issuer_key, alternative):
    def name(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    now = datetime.now(tz=UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=alternative is None, path_length=None), critical=True)
    )
    if alternative is not None:
        built = built.add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
    return built.sign(issuer_key, hashes.SHA256())


@pytest.fixture(scope="session")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """A server with the tree of Planet Express; tests that change it put things back."""
    for missing in (each for each in ("slapd", "slapadd") if shutil.which(each, path=Slapd.PATH) is None):
        reason = f"{missing} is not installed"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    if not TREE.is_file():
        reason = f"no directory tree at {TREE}"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    place = tmp_path_factory.mktemp("slapd")
    server = Slapd(
        place=place,
        tree=TREE,
        base=BASE,
        root_dn=ADMIN,
        root_password=ADMIN_PASSWORD,
        tls=certificates(place / "tls"),
    )
    with server:
        yield server
