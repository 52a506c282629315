"""A tenant's own repositories: listed, made, set."""

from __future__ import annotations

import pytest

from registry.models import Repository, Tag
from tenants.models import AuditEntry
from tests.registry.wire import Wire, image

LIST, APP = "/repositories/", "/repositories/app/"
SETTINGS = {"immutable_tags": "v* *-release", "retention_days": "30"}


def test_the_list_holds_ones_own_alone(alices, charlies, app, granted, theirs):
    theirs.image("globex-app", "1")
    page = alices.get(LIST).content.decode()
    assert 'href="/repositories/app/"' in page
    assert "globex-app" not in page
    assert "nginx" not in page
    assert charlies.get(LIST).status_code == 404


def test_an_empty_list_says_what_to_do(alices):
    page = alices.get(LIST).content.decode()
    assert "You have no repository of your own yet." in page
    assert "New repository" in page


def test_the_list_costs_a_fixed_number_of_queries(alices, acme, django_assert_max_num_queries):
    Repository.objects.bulk_create([Repository(tenant=acme, name=f"r{n:02}") for n in range(60)])
    with django_assert_max_num_queries(10):
        page = alices.get(LIST).content.decode()
    assert "50 of 60" in page


def test_one_is_made_and_pushed_to(alices, ours):
    assert alices.post(LIST, {"name": "team/app"})["Location"] == "/repositories/team/app/"
    page = alices.get("/repositories/team/app/").content.decode()
    assert "docker push acme.localhost/team/app:TAG" in page
    assert "Nothing is here yet." in page
    ours.image("team/app", "1")
    assert AuditEntry.objects.filter(verb="repository.made", object="team/app").count() == 1


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Team", "name_invalid"),
        ("", "name_invalid"),
        ("a" * 201, "name_invalid"),
        ("settings/x", "denied"),
        ("team/tags/x", "denied"),
        ("web/nginx", "denied"),
        ("app", "denied"),
    ],
)
def test_a_name_that_cannot_be_is_refused_beside_its_field(alices, app, granted, name, slug):
    answer = alices.post(LIST, {"name": name})
    assert answer.status_code == 422
    assert slug in answer.content.decode()
    assert Repository.objects.owned_by(app.tenant_id).count() == 1


def test_a_push_refuses_the_same_names(ours, granted):
    for name in ("settings/x", "team/tags/x", "web/nginx"):
        assert ours("POST", f"/v2/{name}/blobs/uploads/").code == "DENIED"


def test_making_it_public_opens_it_to_everyone(alices, app):
    anyone = Wire("acme.localhost")
    assert anyone("GET", "/v2/app/manifests/1").status == 401
    assert alices.post(APP, {**SETTINGS, "is_public": "on"}).status_code == 302
    assert anyone("GET", "/v2/app/manifests/1").status == 200
    assert alices.post(APP, SETTINGS).status_code == 302
    assert anyone("GET", "/v2/app/manifests/1").status == 401
    changes = AuditEntry.objects.filter(verb="repository.changed").order_by("sequence")
    assert [change.data.get("is_public") for change in changes] == [True, False]


def test_patterns_fix_tags_that_are_there_and_that_come(alices, ours, app):
    ours.image("app", "v1", b"old layer")
    alices.post(APP, SETTINGS)
    assert Tag.objects.get(name="v1").is_immutable
    assert not Tag.objects.get(name="1").is_immutable
    ours.image("app", "v2", b"old layer")
    assert ours.manifest("app", "v2", image(b"new layer")).code == "DENIED"
    alices.post(APP, {**SETTINGS, "immutable_tags": ""})
    assert ours.manifest("app", "v2", image(b"new layer")).code == "DENIED", "what was fixed stays so"
    page = alices.get(APP).content.decode()
    assert page.count('class="pill gold"') == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"retention_days": "0"},
        {"retention_days": "x"},
        {"retention_days": "99999"},
        {"immutable_tags": "a/b"},
        {"immutable_tags": "x" * 129},
        {"immutable_tags": " ".join(f"v{n}" for n in range(21))},
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused_and_change_nothing(alices, app, wrong):
    answer = alices.post(APP, {**SETTINGS, **wrong, "is_public": "on"})
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    app.refresh_from_db()
    assert (app.is_public, app.immutable_tags, app.retention_days) == (False, [], 90)


def test_a_builder_reads_and_changes_nothing(bobs, app):
    page = bobs.get(APP).content.decode()
    assert "Settings</h2>" not in page
    assert bobs.post(APP, {**SETTINGS, "is_public": "on"}).status_code == 404
    assert bobs.post(LIST, {"name": "new"}).status_code == 404
    assert not Repository.objects.filter(is_public=True).exists()


def test_a_strangers_repository_and_a_granted_one_have_no_such_page(alices, theirs, granted):
    theirs.image("globex-app", "1")
    for name in ("globex-app", "web/nginx", "none"):
        assert alices.get(f"/repositories/{name}/").status_code == 404
