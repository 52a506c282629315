"""What tests of a tenant's pages share."""

import pytest
from django.urls import set_script_prefix


@pytest.fixture
def at_a_tenant(settings):
    """As on the portal's host below `/acme/`."""
    settings.ROOT_URLCONF = settings.TENANT_URLCONF
    set_script_prefix("/acme/")
    yield
    set_script_prefix("/")
