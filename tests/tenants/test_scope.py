"""Tenant-owned rows are invisible without a tenant."""

import pytest

from tenants.models import Directory, Tenant
from tenants.scope import NoActiveTenant, acting_for

pytestmark = pytest.mark.django_db


def test_rows_of_another_tenant_are_not_seen():
    acme = Tenant.objects.create(slug="acme", name="Acme")
    globex = Tenant.objects.create(slug="globex", name="Globex")
    with acting_for(acme):
        Directory.objects.create(name="people", uris="ldap://directory.example", user_base="dc=example")
        assert Directory.objects.count() == 1
    with acting_for(globex):
        assert Directory.objects.count() == 0
    assert Directory.unscoped.get().tenant == acme


def test_a_query_outside_any_tenant_raises():
    with pytest.raises(NoActiveTenant):
        Directory.objects.count()


def test_the_active_tenant_is_restored_after_an_error():
    acme = Tenant(slug="acme", name="Acme")
    with pytest.raises(RuntimeError), acting_for(acme):
        raise RuntimeError
    with pytest.raises(NoActiveTenant):
        Directory.objects.count()


def test_a_tenant_that_is_not_stored_is_none():
    """Its key would be None, by which rows of nobody are found."""
    with acting_for(Tenant(slug="acme", name="Acme")), pytest.raises(NoActiveTenant):
        Directory.objects.count()
