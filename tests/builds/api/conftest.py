"""The people, their programs and an image with a release, for these tests."""

import pytest

from catalog.models import Release, VersionStream
from tenants.models import Tenant, User
from tests.builds.api.caller import Caller
from tests.builds.golden import index, python, sent, tools
from tests.people import acme, alice, bob, charlie, globex, petra

__all__ = ["acme", "alice", "bob", "charlie", "globex", "index", "petra", "python", "sent", "tools"]


@pytest.fixture
def bobs(bob: User, acme: Tenant) -> Caller:
    return Caller(bob, acme)


@pytest.fixture
def charlies(charlie: User, globex: Tenant) -> Caller:
    return Caller(charlie, globex)


@pytest.fixture
def release(python: VersionStream) -> Release:
    return python.releases.get()
