"""A tenant's own repositories by the API."""

from __future__ import annotations

import pytest

from registry.models import Repository


def test_ones_own_are_listed_and_read(puller, stranger, app, granted):
    found = puller("GET", "repositories/").json()["results"]
    assert [each["name"] for each in found] == ["app"]
    assert puller("GET", "repositories/app/").json()["retention_days"] == 90
    assert puller("GET", "repositories/web/nginx/").status_code == 404
    assert stranger("GET", "repositories/app/").status_code == 404
    assert stranger("GET", "repositories/").status_code == 404


def test_one_is_made_and_set(admin, acme):
    made = admin("POST", "repositories/", name="team/app")
    assert (made.status_code, made.json()["is_push_allowed"]) == (201, True)
    answer = admin("PATCH", "repositories/team/app/", is_public=True, immutable_tags=["v*"], name="other")
    assert answer.status_code == 200
    found = Repository.objects.get(tenant=acme)
    assert (found.name, found.is_public, found.immutable_tags, found.retention_days) == (
        "team/app", True, ["v*"], 90,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", "repositories/", {"name": "Team"}, 400, "name_invalid"),
        ("POST", "repositories/", {"name": "app"}, 409, "denied"),
        ("POST", "repositories/", {}, 400, "invalid"),
        ("PATCH", "repositories/app/", {"retention_days": 0}, 400, "invalid"),
        ("PATCH", "repositories/app/", {"immutable_tags": ["a/b"]}, 400, "setting_invalid"),
        ("PATCH", "repositories/none/", {"is_public": True}, 404, "not_found"),
        ("PATCH", "repositories/web/nginx/", {"is_public": True}, 404, "not_found"),
    ],
)
def test_each_refusal_has_a_stable_name(admin, app, granted, method, path, body, status, kind):
    answer = admin(method, path, **body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:assay:error:{kind}")
    assert not Repository.objects.filter(is_public=True).exists()


def test_a_token_that_may_not_manage_changes_nothing(puller, stranger, app):
    for ask in (puller, stranger):
        assert ask("POST", "repositories/", name="new").status_code == 404
        assert ask("PATCH", "repositories/app/", is_public=True).status_code == 404
    assert not Repository.objects.filter(is_public=True).exists()
