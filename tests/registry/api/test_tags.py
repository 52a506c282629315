"""Tags by the API: now, at a time, history; pinned, turned back, deleted."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry.models import HeldTag, Tag, TagEvent
from registry.withdraw import withdraw
from tests.registry.pages.conftest import NEW_DIGEST, OLD_DIGEST

OWN, GRANTED = "repositories/app/tags/1/", "repositories/web/nginx/tags/1/"
BACK = {"digest": OLD_DIGEST, "reason": "it crashes"}


@pytest.fixture
def spread(app):
    now = timezone.now()
    for days, event in zip((3, 2), TagEvent.objects.order_by("pk"), strict=True):
        TagEvent.objects.filter(pk=event.pk).update(at=now - timedelta(days=days))
    return now


def test_a_tag_now_and_at_a_time(puller, spread):
    now = puller("GET", OWN).json()
    assert (now["digest"], now["kept"], now["is_immutable"], now["is_pinned"]) == (
        NEW_DIGEST, "here", False, False,
    )  # fmt: skip
    for moment in (spread - timedelta(days=2.5), (spread - timedelta(days=2.5)).replace(tzinfo=None)):
        then = puller("GET", f"{OWN}?at={quote(moment.isoformat())}").json()
        assert then["digest"] == OLD_DIGEST
    assert (
        puller("GET", f"{OWN}?at={(spread - timedelta(days=2.5)).isoformat()}").json()["digest"] == OLD_DIGEST
    )
    assert puller("GET", f"{OWN}?at=2020-01-01").status_code == 404


def test_a_time_that_is_none_is_refused(puller, app):
    answer = puller("GET", f"{OWN}?at=yesterday")
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:assay:error:invalid")
    assert answer.json()["errors"][0]["field"] == "at"


def test_history_comes_in_pages_newest_first(puller, app):
    page = puller("GET", f"{OWN}history/?page_size=1").json()
    assert page["count"] == 2
    assert (page["results"][0]["digest"], page["results"][0]["previous"]) == (NEW_DIGEST, OLD_DIGEST)
    assert puller("GET", f"{OWN}history/?page_size=1&page=2").json()["results"][0]["kept"] == "here"


def test_a_history_reads_no_manifest_whole(puller, app):
    with CaptureQueriesContext(connection) as asked:
        assert len(puller("GET", f"{OWN}history/").json()["results"]) == 2
    of_events = [query["sql"] for query in asked if 'FROM "registry_tagevent"' in query["sql"]]
    assert len(of_events) == 2
    assert not any('."content"' in sql for sql in of_events)


def test_a_granted_tags_history_names_nobody_of_the_platform(puller, granted):
    TagEvent.objects.update(actor="petra@platform.example")
    results = puller("GET", f"{GRANTED}history/").json()["results"]
    assert [line["actor"] for line in results] == ["platform", "platform"]


def test_turning_back(admin, app):
    answer = admin("POST", f"{OWN}rollback/", **BACK)
    assert (answer.status_code, answer.json()["digest"]) == (200, OLD_DIGEST)
    assert admin("GET", f"{OWN}history/").json()["results"][0]["reason"] == "it crashes"


def test_pinning_listing_and_letting_go(admin, granted):
    pinned = admin("PUT", f"{GRANTED}pin/", **BACK)
    assert (pinned.status_code, pinned.json()["digest"]) == (200, OLD_DIGEST)
    assert admin("GET", GRANTED).json()["is_pinned"] is True
    assert [pin["repository"] for pin in admin("GET", "pins/").json()["results"]] == ["web/nginx"]
    assert admin("DELETE", f"{GRANTED}pin/").status_code == 204
    assert admin("GET", GRANTED).json()["digest"] == NEW_DIGEST
    again = admin("DELETE", f"{GRANTED}pin/")
    assert (again.status_code, again.json()["type"]) == (404, "urn:assay:error:pin_missing")


def test_deleting(admin, app):
    assert admin("DELETE", OWN).status_code == 204
    assert admin("GET", OWN).status_code == 404
    assert admin("GET", f"{OWN}history/").json()["results"][0]["digest"] == ""
    assert admin("DELETE", OWN).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", f"{OWN}rollback/", {**BACK, "digest": f"sha256:{'0' * 64}"}, 404, "tag_never_there"),
        ("POST", f"{OWN}rollback/", {"digest": OLD_DIGEST}, 400, "invalid"),
        ("POST", f"{GRANTED}rollback/", BACK, 404, "not_found"),
        ("PUT", f"{OWN}pin/", BACK, 409, "denied"),
        ("PUT", f"{GRANTED}pin/", {**BACK, "digest": f"sha256:{'0' * 64}"}, 404, "tag_never_there"),
        ("DELETE", f"{GRANTED}", {}, 404, "not_found"),
        ("DELETE", f"{OWN}pin/", {}, 404, "not_found"),
        ("GET", "repositories/app/tags/2/", {}, 404, "not_found"),
        ("GET", "repositories/app/tags/2/history/", {}, 404, "not_found"),
    ],
)
def test_each_refusal_has_a_stable_name(admin, app, granted, method, path, body, status, kind):
    answer = admin(method, path, **body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:assay:error:{kind}")
    assert not HeldTag.objects.exists()


def test_fixed_and_withdrawn_are_refused_by_name(admin, app, granted):
    for repository in (app, granted.repository):
        withdraw(repository=repository, digest=OLD_DIGEST, reason="broken", actor="tests")
    for method, path in (("POST", f"{OWN}rollback/"), ("PUT", f"{GRANTED}pin/")):
        answer = admin(method, path, **BACK)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:assay:error:manifest_withdrawn")
    Tag.objects.update(is_immutable=True)
    for method, path in (("POST", f"{OWN}rollback/"), ("PUT", f"{GRANTED}pin/"), ("DELETE", OWN)):
        assert admin(method, path, **BACK).json()["type"] == "urn:assay:error:tag_immutable"


def test_others_change_and_learn_nothing(puller, stranger, app, granted):
    for ask in (puller, stranger):
        assert ask("POST", f"{OWN}rollback/", **BACK).status_code == 404
        assert ask("PUT", f"{GRANTED}pin/", **BACK).status_code == 404
        assert ask("DELETE", OWN).status_code == 404
    assert stranger("GET", OWN).status_code == 404
    assert stranger("GET", "pins/").status_code == 404
    assert Tag.objects.get(repository=app).manifest.digest == NEW_DIGEST
