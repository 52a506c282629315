"""What the platform's admins do with tenants."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from catalog import requests
from catalog.models import Image
from catalog.offer import entitle
from registry.models import Grant
from tenants.models import Membership, Tenant
from tenants.onboarding import add_hostname
from tenants.roles import Role
from tests.catalog import world
from tests.portal.platform.conftest import HOST, client_of

OPEN = {
    "name": "Initech",
    "slug": "initech",
    "accent": "#7a3b00",
    "owner_email": "peter@initech.example",
    "owner_name": "Peter",
}
PATHS = (
    "/admin/tenants/",
    "/admin/new-tenant/",
    "/admin/tenants/acme/",
    "/admin/tenants/acme/charts/",
    "/admin/tenants/acme/settings/",
    "/admin/tenants/acme/visits/",
    "/admin/tenants/acme/grants/",
    "/admin/builds/",
)


@pytest.mark.parametrize("path", PATHS)
def test_an_owner_of_a_tenant_is_told_there_is_no_such_page(alice, path: str) -> None:
    assert client_of(alice).get(path).status_code == 404
    assert client_of(alice).post(path).status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_a_visitor_is_sent_to_sign_in(acme, path: str) -> None:
    answer = Client(headers={"host": HOST}).get(path)
    assert answer["Location"].startswith("/accounts/login/")


def test_the_pages_are_not_there_on_a_tenants_own_host(petra, acme) -> None:
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(petra, backend="tenants.signin.PlatformBackend")
    assert client.get("/admin/tenants/").status_code == 404


def test_an_opened_tenant_has_its_owner_and_what_is_free(admin) -> None:
    world.image("python", is_free=True)
    world.image("redis", is_free=False, stream="8")
    answer = admin.post("/admin/new-tenant/", OPEN)
    assert answer["Location"] == "/admin/tenants/initech/"
    initech = Tenant.objects.get(slug="initech")
    assert Membership.objects.get(tenant=initech).role == Role.OWNER
    assert [grant.name for grant in Grant.objects.of(initech.pk)] == ["python"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("slug", "Not A Slug", "lower-case letters"),
        ("slug", "admin", "reserved"),
        ("slug", "acme", "already exists"),
        ("accent", "red", "Use a colour"),
        ("owner_email", "nobody", "valid email"),
    ],
)
def test_what_cannot_be_opened_is_said_at_its_field_and_kept(
    admin, acme, field: str, value: str, said: str
) -> None:
    answer = admin.post("/admin/new-tenant/", OPEN | {field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert 'value="Initech"' in page
    assert list(Tenant.objects.values_list("slug", flat=True)) == ["acme"]


def test_a_closed_tenant_answers_nobody(admin, acme) -> None:
    admin.post("/admin/tenants/acme/settings/", {"name": "Acme", "accent": "#0b5a5a", "support_url": ""})
    assert Client(headers={"host": "acme.localhost"}).get("/").status_code == 421


def test_a_wrong_address_for_support_changes_nothing(admin, acme) -> None:
    answer = admin.post(
        "/admin/tenants/acme/settings/",
        {"name": "Other", "accent": "#0b5a5a", "support_url": "javascript:alert(1)", "is_active": "1"},
    )
    assert answer.status_code == 422
    acme.refresh_from_db()
    assert (acme.name, acme.support_url) == ("Acme", "")


def listed(admin, query: str = "") -> list[str]:
    page = admin.get(f"/admin/tenants/{query}").content.decode()
    return re.findall(r'class="target" href="/admin/tenants/([^/]+)/"', page)


def test_tenants_are_found_by_name_and_host_and_paged(admin, acme, globex) -> None:
    add_hostname(tenant=globex, name="images.corp.example")
    Tenant.objects.filter(pk=acme.pk).update(is_active=False)
    assert listed(admin) == ["acme", "globex"]
    assert listed(admin, "?q=corp.example") == ["globex"]
    assert listed(admin, "?q=ACME localhost") == ["acme"]
    assert (listed(admin, "?state=open"), listed(admin, "?state=closed")) == (["globex"], ["acme"])
    assert "No tenant is like that." in admin.get("/admin/tenants/?q=%00none").content.decode()
    Tenant.objects.bulk_create(Tenant(slug=f"t{number}", name=f"T {number:03}") for number in range(60))
    assert (len(listed(admin)), len(listed(admin, "?page=2"))) == (50, 12)


def test_the_list_says_what_each_has_and_what_waits(admin, acme, alice, bob) -> None:
    for name in ("python", "redis"):
        image = world.image(name, is_free=True)
        entitle(tenant=acme, image=image)
    world.image("node", is_free=False)
    Image.objects.filter(name="node").update(is_listed=True)
    requests.ask(tenant=acme, name="node", actor=bob)
    for path in ("/admin/tenants/", "/admin/tenants/acme/"):
        page = " ".join(admin.get(path).content.decode().split())
        assert "2 people" in page
    assert "2 images" in " ".join(admin.get("/admin/tenants/").content.decode().split())
    assert "1 request waits" in page


def test_what_became_free_while_a_tenant_was_closed_is_its_own_when_it_opens(admin, acme) -> None:
    path, said = "/admin/tenants/acme/settings/", {"name": "Acme", "accent": "#0b5a5a", "support_url": ""}
    admin.post(path, said)
    world.image("python", is_free=True)
    assert not Grant.objects.exists()
    admin.post(path, {**said, "is_active": "1"})
    assert [grant.name for grant in Grant.objects.of(acme.pk)] == ["python"]
