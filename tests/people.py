"""The people of most tests: alice owns acme, bob builds in acme, charlie owns globex.

Fixtures for `tests/conftest.py` to import; charlie is the outsider who must never see acme.
"""

from __future__ import annotations

import pytest

from tenants.models import Membership, PlatformMembership, Tenant, User
from tenants.onboarding import create_tenant
from tenants.roles import PlatformRole, Role

PASSWORD = "correct horse battery staple"


def person(name: str, tenant: Tenant | None = None, role: Role = Role.BUILDER) -> User:
    """A platform person, with a membership when `tenant` is given."""
    user = User.objects.create_user(f"{name}@example.com", PASSWORD, name=name.capitalize())
    if tenant is not None:
        Membership.objects.create(user=user, tenant=tenant, role=role)
    return user


@pytest.fixture
def acme(db: None) -> Tenant:
    return create_tenant(slug="acme", name="Acme", actor="tests")


@pytest.fixture
def globex(db: None) -> Tenant:
    return create_tenant(slug="globex", name="Globex", accent="#7a3b00", actor="tests")


@pytest.fixture
def alice(acme: Tenant) -> User:
    return person("alice", acme, Role.OWNER)


@pytest.fixture
def bob(acme: Tenant) -> User:
    return person("bob", acme, Role.BUILDER)


@pytest.fixture
def charlie(globex: Tenant) -> User:
    return person("charlie", globex, Role.OWNER)


@pytest.fixture
def petra(db: None) -> User:
    """A platform admin who belongs to no tenant."""
    user = person("petra")
    PlatformMembership.objects.create(user=user, role=PlatformRole.ADMIN)
    return user


@pytest.fixture
def sam(db: None) -> User:
    """Of the platform's support, and of no tenant."""
    user = person("sam")
    PlatformMembership.objects.create(user=user, role=PlatformRole.SUPPORT)
    return user
