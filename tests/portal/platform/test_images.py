"""The platform's own images: what a tag was, turning it back for every tenant, withdrawing a digest."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.offer import entitle
from registry import tags, visibility
from registry.models import Manifest, Repository, RepositoryManifest, Tag
from tenants.models import AuditEntry, PlatformMembership
from tenants.roles import PlatformRole
from tests.catalog import world
from tests.people import person
from tests.portal.platform.conftest import client_of

TAG = "/admin/images/python/tags/3.13/"


@pytest.fixture
def image(acme, settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path / "storage"
    image = world.image("python", is_free=False)
    entitle(tenant=acme, image=image)
    return image


@pytest.fixture
def good(image) -> Manifest:
    return world.pushed(image.repository, content=b"good", tag="3.13")


@pytest.fixture
def bad(image, good) -> Manifest:
    return world.pushed(image.repository, content=b"bad", tag="3.13")


def text_of(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def shown_to(acme) -> str:
    return visibility.find(tenant=acme, name="python").tag("3.13").digest


def test_the_list_leads_to_an_image_and_its_tags(admin, bad):
    assert 'href="/admin/images/python/"' in text_of(admin, "/admin/images/")
    assert f'href="{TAG}"' in text_of(admin, "/admin/images/python/")
    assert "/admin/images/python/" not in text_of(admin, "/admin/images/?q=redis")


def test_an_image_is_found_by_its_other_names_and_a_tag_by_its_own(admin, bad):
    for query, is_found in {"q=library/python": True, "q=PYTH": True, "q=%00redis": False}.items():
        assert ('href="/admin/images/python/"' in text_of(admin, f"/admin/images/?{query}")) == is_found
    for query, is_found in {"q=3.1": True, "q=latest": False}.items():
        assert (f'href="{TAG}"' in text_of(admin, f"/admin/images/python/?{query}")) == is_found
    assert "Nothing matches “latest”." in text_of(admin, "/admin/images/python/?q=latest")


def test_an_image_leads_to_the_tenants_that_see_it(admin, globex, image):
    assert "1 tenant" in text_of(admin, "/admin/images/")
    assert "/admin/tenants/?image=python" in text_of(admin, "/admin/images/python/")
    page = text_of(admin, "/admin/tenants/?image=python")
    assert ("/admin/tenants/acme/" in page, "/admin/tenants/globex/" in page) == (True, False)
    assert "No tenant is like that." in text_of(admin, "/admin/tenants/?image=redis")


def test_the_lists_cost_the_same_however_much_there_is(admin, bad, django_assert_num_queries):
    paths = ("/admin/images/?q=e", "/admin/images/python/", "/admin/builds/")
    before = {}
    for path in paths:
        with CaptureQueriesContext(connection) as counted:
            admin.get(path)
        before[path] = len(counted)
    for number in range(8):
        other = world.image(f"image{number}", is_free=False).repository
        world.pushed(other, content=b"x", tag="1")
        world.pushed(Repository.objects.get(name="python"), content=str(number).encode(), tag=f"t{number}")
    for path, count in before.items():
        with django_assert_num_queries(count):
            admin.get(path)


def test_an_empty_list_says_so(admin, db):
    assert "No image has been published yet." in text_of(admin, "/admin/images/")


def test_a_tag_is_turned_back_for_every_tenant(admin, acme, good, bad):
    assert shown_to(acme) == bad.digest
    assert f"move?digest={good.digest.replace(':', '%3A')}" in text_of(admin, TAG)
    path = f"{TAG}move"
    assert "Every tenant" in text_of(admin, f"{path}?digest={good.digest}")
    assert admin.post(path, {"digest": good.digest, "reason": "crashes"}).headers["location"] == TAG
    assert shown_to(acme) == good.digest
    entry = AuditEntry.objects.get(verb="tag.rolled_back")
    assert (entry.tenant, entry.actor, entry.data["reason"]) == (None, "petra@example.com", "crashes")
    assert ": crashes" in text_of(admin, TAG)


def test_a_withdrawn_digest_warns_and_no_tag_moves_to_it(admin, acme, good, bad):
    path = f"{TAG}withdraw"
    assert "stays pullable" in text_of(admin, f"{path}?digest={bad.digest}")
    admin.post(path, {"digest": bad.digest, "reason": "leaks a key"})
    link = RepositoryManifest.objects.get(manifest=bad)
    assert (link.withdrawn, Tag.objects.get(name="3.13").withdrawn) == ("leaks a key", "leaks a key")
    assert "leaks a key" in text_of(admin, TAG)
    admin.post(f"{TAG}move", {"digest": good.digest, "reason": "back"})
    refused = admin.post(f"{TAG}move", {"digest": bad.digest, "reason": "again"})
    assert (refused.status_code, shown_to(acme)) == (422, good.digest)
    assert "Withdrawn because" in text_of(admin, f"{path}?digest={bad.digest}")
    admin.post(path, {"digest": bad.digest})
    link.refresh_from_db()
    assert link.withdrawn == ""
    verbs = (
        AuditEntry.objects.filter(verb__startswith="digest.").order_by("pk").values_list("verb", flat=True)
    )
    assert list(verbs) == ["digest.withdrawn", "digest.reinstated"]


def test_a_withdrawal_that_is_sent_twice_stands(admin, bad):
    for _ in range(2):
        admin.post(f"{TAG}withdraw", {"digest": bad.digest, "reason": "leaks a key"})
    assert RepositoryManifest.objects.get(manifest=bad).withdrawn == "leaks a key"


def test_a_fixed_tag_is_offered_no_way_back(admin, image, good, bad):
    Tag.objects.update(is_immutable=True)
    page = text_of(admin, TAG)
    assert "Move back" not in page
    assert "Withdraw" in page
    assert admin.post(f"{TAG}move", {"digest": good.digest, "reason": "x"}).status_code == 422


def test_support_looks_and_changes_nothing(admin, image, good, bad, db):
    sue = person("sue")
    PlatformMembership.objects.create(user=sue, role=PlatformRole.SUPPORT)
    support = client_of(sue)
    page = text_of(support, TAG)
    assert "Move back" not in page
    assert "Withdraw" not in page
    for action in ("move", "withdraw"):
        assert support.get(f"{TAG}{action}?digest={good.digest}").status_code == 404
        assert support.post(f"{TAG}{action}", {"digest": good.digest}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/admin/images/none/",
        "/admin/images/python/tags/none/",
        "/admin/images/none/tags/3.13/",
        f"{TAG}move?digest=sha256:{'0' * 64}",
        f"{TAG}withdraw?digest=",
        f"{TAG}withdraw?digest=%00",
    ],
)
def test_what_is_not_there_is_not_found(admin, bad, path):
    assert admin.get(path).status_code == 404


def test_a_tenants_repository_is_not_the_platforms(admin, acme, image, bad):
    own = type(image.repository).objects.create(tenant=acme, name="app", is_push_allowed=True)
    manifest = world.pushed(own, content=b"theirs")
    tags.move(repository=own, name="1", manifest=manifest, actor="alice")
    assert ">app<" not in text_of(admin, "/admin/images/")
    assert admin.get("/admin/images/app/").status_code == 404
