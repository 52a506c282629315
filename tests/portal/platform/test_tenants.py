"""What the platform's admins do with tenants."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models import Entitlement
from registry.models import Grant
from tenants.models import AuditEntry, Membership, Tenant
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
PATHS = ("/admin/tenants/", "/admin/tenants/acme/", "/admin/tenants/acme/entitlements", "/admin/builds/")


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
    answer = admin.post("/admin/tenants/", OPEN)
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
    answer = admin.post("/admin/tenants/", OPEN | {field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert 'value="Initech"' in page
    assert list(Tenant.objects.values_list("slug", flat=True)) == ["acme"]


def test_entitlements_are_exactly_what_was_ticked(admin, acme) -> None:
    for name in ("python", "redis", "node"):
        world.image(name, is_free=False, stream="1")
    admin.post("/admin/tenants/acme/entitlements", {"images": ["python", "redis"]})
    admin.post("/admin/tenants/acme/entitlements", {"images": ["redis", "node"]})
    held = Entitlement.objects.filter(tenant=acme).values_list("image__name", flat=True)
    assert sorted(held) == ["node", "redis"]
    assert sorted(grant.name for grant in Grant.objects.of(acme.pk)) == ["node", "redis"]
    entry = AuditEntry.objects.filter(verb="entitlements.changed").latest("sequence")
    assert entry.data == {"added": ["node"], "withdrawn": ["python"]}


def test_a_free_image_stays_although_no_box_is_ticked(admin, acme) -> None:
    world.image("python", is_free=True)
    admin.post("/admin/tenants/acme/entitlements", {})
    assert [grant.name for grant in Grant.objects.of(acme.pk)] == ["python"]


def test_a_closed_tenant_answers_nobody(admin, acme) -> None:
    admin.post("/admin/tenants/acme/", {"name": "Acme", "accent": "#0b5a5a", "support_url": ""})
    assert Client(headers={"host": "acme.localhost"}).get("/").status_code == 421


def test_a_wrong_address_for_support_changes_nothing(admin, acme) -> None:
    answer = admin.post(
        "/admin/tenants/acme/",
        {"name": "Other", "accent": "#0b5a5a", "support_url": "javascript:alert(1)", "is_active": "1"},
    )
    assert answer.status_code == 422
    acme.refresh_from_db()
    assert (acme.name, acme.support_url) == ("Acme", "")
