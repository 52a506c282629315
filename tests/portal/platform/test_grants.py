"""What the platform's admins set of a grant, and what the tenant sees then."""

from __future__ import annotations

import pytest

from catalog.offer import entitle
from registry import visibility
from registry.models import Grant
from tenants.models import AuditEntry
from tests.catalog import world
from tests.portal.platform.conftest import client_of

RULE = {"name": "python", "tag_patterns": "*", "streams": "", "starts_at": "", "ends_at": ""}


@pytest.fixture
def grant(acme, settings, tmp_path) -> Grant:
    settings.STORAGE_ROOT = tmp_path / "storage"
    image = world.image("python", is_free=False)
    entitle(tenant=acme, image=image)
    world.released(image.streams.get())
    return Grant.objects.get(tenant=acme)


def path_of(grant: Grant, slug: str = "acme") -> str:
    return f"/admin/tenants/{slug}/grants/{grant.pk}/"


def names(acme, name: str = "python") -> list[str] | None:
    view = visibility.find(tenant=acme, name=name)
    return view.tags() if view else None


def test_the_tenants_page_leads_to_each_grant(admin, grant):
    for path in ("/admin/tenants/acme/", "/admin/tenants/acme/grants/"):
        assert path_of(grant) in admin.get(path).content.decode()
    page = admin.get(path_of(grant)).content.decode()
    assert "<code>3.13</code>" in page
    assert 'value="python"' in page


@pytest.mark.parametrize(
    ("rule", "name", "expected"),
    [
        ({"tag_patterns": "3 3.13"}, "python", ["3", "3.13"]),
        ({"is_latest_only": "on"}, "python", ["latest"]),
        ({"streams": "3.12"}, "python", []),
        ({"is_on_hold": "on"}, "python", None),
        ({"ends_at": "2026-01-01T00:00"}, "python", None),
        ({"starts_at": "2999-01-01T00:00"}, "python", None),
        ({"name": "team/python", "tag_patterns": "latest"}, "team/python", ["latest"]),
    ],
    ids=str,
)
def test_a_rule_is_set_and_holds(admin, acme, grant, rule, name, expected):
    assert admin.post(path_of(grant), RULE | rule).status_code == 302
    assert names(acme, name) == expected
    entry = AuditEntry.objects.get(verb="grant.changed")
    assert (entry.tenant, entry.actor, entry.data["was"]) == (acme, "petra@example.com", "python")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"name": "Python"}, "name_invalid"),
        ({"name": "taken"}, "denied"),
        ({"starts_at": "2027-01-02T00:00", "ends_at": "2027-01-01T00:00"}, "setting_invalid"),
        ({"ends_at": "soon"}, "error"),
        ({"tag_patterns": ""}, "error"),
    ],
    ids=str,
)
def test_a_rule_that_cannot_be_is_refused_and_changes_nothing(admin, acme, grant, rule, said):
    from registry.models import Repository

    Repository.objects.create(tenant=acme, name="taken")
    answer = admin.post(path_of(grant), RULE | rule)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert len(names(acme) or []) == 4
    assert not AuditEntry.objects.filter(verb="grant.changed").exists()


def test_it_is_for_platform_admins_and_of_that_tenant(admin, alice, grant, globex):
    assert client_of(alice).get(path_of(grant)).status_code == 404
    assert client_of(alice).post(path_of(grant), RULE).status_code == 404
    assert admin.get(path_of(grant, "globex")).status_code == 404


def test_what_a_tenant_sees_is_found_by_either_name_and_by_having_a_rule(admin, acme, grant):
    entitle(tenant=acme, image=world.image("redis", is_free=False, stream="8"))
    Grant.objects.filter(pk=grant.pk).update(name="team/snake", ends_at="2031-01-01T00:00Z")
    other = Grant.objects.get(name="redis")
    for query, expected in {
        "": [grant, other],
        "?q=snake": [grant],
        "?q=python": [grant],
        "?q=redis": [other],
        "?q=nothing": [],
        "?q=%00redis": [other],
        "?state=ruled": [grant],
        "?state=ruled&q=redis": [],
    }.items():
        page = admin.get(f"/admin/tenants/acme/grants/{query}").content.decode()
        found = [each for each in (grant, other) if path_of(each) in page]
        assert found == expected, query
    assert "until" in admin.get("/admin/tenants/acme/grants/").content.decode()
