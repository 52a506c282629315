"""Which tenant an address belongs to."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from tenants.addresses import UnknownHost, normal_host, tenant_of_host, tenant_of_path
from tenants.models import Hostname, Tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Tenant:
    acme = Tenant.objects.create(slug="acme", name="Acme")
    Hostname.objects.create(tenant=acme, name="acme.localhost", verified_at=timezone.now())
    return acme


@pytest.mark.parametrize(
    "host", ["acme.localhost", "ACME.localhost:8000", "acme.localhost.", "acme.LOCALHOST.:80"]
)
def test_a_host_is_compared_without_case_port_and_trailing_dot(acme, host):
    assert tenant_of_host(host) == acme


@pytest.mark.parametrize(
    "host",
    [
        "other.localhost",
        "acme.localhost.evil.example",
        "xn--cme-rna.localhost",
        "acme.localhost..",
        "acme.localhost..:80",
        ".acme.localhost",
        "acme..localhost",
        "",
    ],
)
def test_an_unknown_host_is_never_a_tenant(acme, host):
    with pytest.raises(UnknownHost):
        tenant_of_host(host)
    assert Client().get("/", headers={"host": host or "unknown"}).status_code == 421


def test_a_claimed_but_unverified_host_is_unknown(acme):
    Hostname.objects.create(tenant=acme, name="claimed.example")
    assert Client().get("/", headers={"host": "claimed.example"}).status_code == 421


def test_an_inactive_tenant_answers_nowhere(acme):
    acme.is_active = False
    acme.save()
    assert Client().get("/", headers={"host": "acme.localhost"}).status_code == 421
    assert tenant_of_path("/acme/images/") is None


def test_the_portal_host_takes_the_tenant_from_the_path(acme):
    response = Client().get("/acme/", headers={"host": "localhost:8000"})
    assert response["Location"] == "/acme/images/"
    assert response.wsgi_request.tenant == acme
    assert response.wsgi_request.address.registry == "localhost:8000/acme"


def test_links_on_the_portal_host_stay_below_the_tenant(acme):
    request = Client().get("/acme/accounts/login/", headers={"host": "localhost"}).wsgi_request
    assert request.path == "/acme/accounts/login/"
    assert request.path_info == "/accounts/login/"


def test_an_unknown_tenant_and_a_reserved_word_are_not_tenants():
    assert tenant_of_path("/nobody/") is None
    assert tenant_of_path("/accounts/login/") is None


@pytest.mark.parametrize("slug", ["admin", "v2", "staging", "-a", "a-", "A", "a b", "a\n", "1a", "a" * 41])
def test_reserved_and_malformed_slugs_are_refused(slug):
    with pytest.raises(ValidationError):
        Tenant(slug=slug, name="x").full_clean()


@pytest.mark.parametrize(
    "host",
    [
        "acme.localhost:@evil.example",
        "acme.localhost:80:80",
        "acme.localhost:x",
        "acme.localhost,b",
        "acme localhost",
    ],
)
def test_a_host_that_would_be_another_in_a_link_is_none(acme, host):
    with pytest.raises(UnknownHost):
        tenant_of_host(host)


def test_a_host_with_two_trailing_dots_is_none_at_once():
    """Else whoever normalises what was normalised already has another host."""
    assert normal_host("acme.localhost.") == "acme.localhost"
    assert normal_host("acme.localhost..") == ""


def test_ipv6_literals_keep_their_brackets():
    assert normal_host("[::1]:8000") == "[::1]"
    assert normal_host("[::1].") == ""


def test_a_browser_at_an_unknown_host_gets_a_page(db):
    answer = Client().get("/", headers={"host": "other.example", "accept": "text/html,*/*"})
    assert answer.status_code == 421
    assert "No portal answers on this host name" in answer.content.decode()
