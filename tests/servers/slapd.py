"""A real slapd for tests, with a tree loaded by slapadd, on free loopback ports."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import ldap
import pytest

from tenants.directory.slapd import Slapd
from tenants.directory.throwaway import certificates
from tenants.models import Directory, Tenant
from tenants.secrets import seal
from tests.servers.crew import write_tree
from tests.shared import DATA

TREE = DATA / "ldap" / "planetexpress.ldif"
BASE = "dc=planetexpress,dc=com"
PEOPLE = f"ou=people,{BASE}"
ADMIN, ADMIN_PASSWORD = f"cn=admin,{BASE}", "GoodNewsEveryone"


@pytest.fixture(scope="session")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """A server with the tree of Planet Express; tests that change it put things back."""
    for missing in (each for each in ("slapd", "slapadd") if shutil.which(each, path=Slapd.PATH) is None):
        reason = f"{missing} is not installed"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    place = tmp_path_factory.mktemp("slapd")
    server = Slapd(
        place=place,
        tree=TREE if TREE.is_file() else write_tree(place / "crew.ldif"),
        base=BASE,
        root_dn=ADMIN,
        root_password=ADMIN_PASSWORD,
        tls=certificates(place / "tls"),
    )
    with server:
        yield server


def directory_of(tenant: Tenant, slapd: Slapd, **changes) -> Directory:
    """A row for that server: ship_crew build, admin_staff administer, everyone else stays out."""
    values = {
        "tenant": tenant,
        "name": "crew",
        "uris": slapd.uri,
        "encryption": "starttls",
        "ca_certificates": slapd.tls.authority.read_text(),
        "bind_dn": ADMIN,
        "bind_secret": seal(ADMIN_PASSWORD),
        "user_base": PEOPLE,
        "group_base": PEOPLE,
        "group_roles": {"ship_crew": "builder", f"CN=admin_staff, {PEOPLE.upper()}": "admin"},
        "timeout_seconds": 2,
    }
    return Directory.unscoped.create(**{**values, **changes})


@contextmanager
def as_root(slapd: Slapd) -> Iterator[ldap.ldapobject.LDAPObject]:
    """A connection that may change the tree."""
    server = ldap.initialize(slapd.uri)
    server.simple_bind_s(slapd.root_dn, slapd.root_password)
    try:
        yield server
    finally:
        server.unbind_s()


@contextmanager
def groups(slapd: Slapd, members: dict[str, list[str]]) -> Iterator[None]:
    """Groups with these members (DNs) below the people, for the block."""
    with as_root(slapd) as server:
        for name, dns in members.items():
            entry = [("objectClass", [b"groupOfNames"]), ("member", [each.encode() for each in dns])]
            server.add_s(f"cn={name},{PEOPLE}", entry)
        try:
            yield
        finally:
            for name in members:
                server.delete_s(f"cn={name},{PEOPLE}")
