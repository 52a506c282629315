"""Accepting what a held rebuild can newly do: for the platform's admins, on the page and by the API."""

from __future__ import annotations

import pytest
from django.test import Client

from builds.capabilities import HELD
from builds.models import Build
from builds.refusals import IndexNotReady
from tenants.models import AuditEntry
from tests.builds.trust import LOCK
from tests.catalog import world
from tests.portal.platform.conftest import HOST, client_of


@pytest.fixture
def held(acme, monkeypatch) -> Build:
    from builds.engine.lock import Lock

    monkeypatch.setattr("builds.order.solve", lambda *, spec: Lock.from_json(LOCK))
    stream = world.image().streams.get()
    stream.spec = {"suite": "trixie", "packages": ["python3.13"]}
    stream.save()
    return Build.objects.create(
        stream=stream, spec={}, lock={}, ordered_by="platform", state=Build.State.FAILED, error_code=HELD
    )  # fmt: skip


def addresses(build: Build) -> list[str]:
    return [f"/admin/builds/{build.pk}/accept", f"/api/platform/v1/builds/{build.pk}/accept/"]


def test_the_page_orders_it_again_in_the_admins_name(admin, petra, held) -> None:
    page, _ = addresses(held)
    assert page in admin.get(f"/admin/builds/{held.pk}/").content.decode()
    answer = admin.post(page, follow=True)
    ordered = Build.objects.latest("ordered_at")
    assert answer.redirect_chain == [(f"/admin/builds/{ordered.pk}/", 302)]
    assert "Accepted: the image is built again" in answer.content.decode()
    assert (ordered.stream, ordered.ordered_by) == (held.stream, petra.email)
    entry = AuditEntry.objects.get(verb="build.accepted")
    assert (entry.actor, entry.address, entry.data["build"]) == (petra.email, "127.0.0.1", str(held.pk))
    again = admin.get(f"/admin/builds/{held.pk}/").content.decode()
    assert page not in again
    assert "A later build of this image is on its way" in again


def test_the_api_answers_with_what_was_ordered_and_once_only(admin, petra, held) -> None:
    _, address = addresses(held)
    answer = admin.post(address)
    ordered = Build.objects.latest("ordered_at")
    assert (answer.status_code, answer.json()) == (202, {"id": str(ordered.pk), "state": "queued"})
    assert ordered.ordered_by == petra.email
    refused = admin.post(address)
    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    assert refused.json()["type"].endswith("build-not-held")
    assert Build.objects.count() == 2


def test_support_sees_it_and_may_not_accept(sam, held) -> None:
    support = client_of(sam)
    page = support.get(f"/admin/builds/{held.pk}/").content.decode()
    assert "An admin of the platform can accept it" in page
    for address in addresses(held):
        assert address not in page
        assert support.post(address).status_code == 404
    assert Build.objects.count() == 1


def test_a_request_without_the_forms_token_is_refused(petra, held) -> None:
    strict = Client(headers={"host": HOST}, enforce_csrf_checks=True)
    strict.force_login(petra, backend="tenants.signin.PlatformBackend")
    for address in addresses(held):
        assert strict.post(address, content_type="application/json").status_code == 403
    assert Build.objects.count() == 1


def test_what_was_not_held_or_is_a_tenants_is_left_alone(admin, held) -> None:
    Build.objects.filter(pk=held.pk).update(error_code="tests-failed")
    page, api = addresses(held)
    assert "held back for its capabilities" in admin.post(page, follow=True).content.decode()
    assert admin.post(api).status_code == 409
    unknown = Build(pk="00000000-0000-0000-0000-000000000007")
    for address in addresses(unknown):
        assert admin.post(address).status_code == 404
    assert admin.get(page).status_code == 302
    assert Build.objects.count() == 1


def test_without_an_index_it_says_so_and_orders_nothing(admin, held, monkeypatch) -> None:
    def missing(*, spec):
        raise IndexNotReady

    monkeypatch.setattr("builds.order.solve", missing)
    page, api = addresses(held)
    assert "package index is being fetched" in admin.post(page, follow=True).content.decode()
    assert admin.post(api).status_code == 503
    assert not AuditEntry.objects.filter(verb="build.accepted").exists()
