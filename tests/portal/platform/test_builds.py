"""Builds as the platform's admins see them."""

from __future__ import annotations

import pytest

from builds import states
from builds.models import Build, Recipe, RecipeRevision
from catalog.models import VersionStream
from tests.catalog import world


@pytest.fixture
def stream(acme) -> VersionStream:
    return world.image().streams.get()


@pytest.fixture
def of_catalogue(stream) -> Build:
    build = Build.objects.create(stream=stream, spec={}, lock={}, ordered_by="platform", reason="new fix")
    states.ensure_steps(build)
    return build


@pytest.fixture
def of_acme(acme, stream) -> Build:
    recipe = Recipe.unscoped.create(tenant=acme, name="acme-api")
    revision = RecipeRevision.objects.create(recipe=recipe, number=1, base=stream, author="alice")
    return Build.objects.create(
        tenant=acme, revision=revision, spec={}, lock={}, ordered_by="alice", state=Build.State.FAILED
    )


def test_every_build_is_listed_and_only_the_catalogues_lead_further(admin, of_catalogue, of_acme) -> None:
    page = admin.get("/admin/builds/").content.decode()
    assert f"/admin/builds/{of_catalogue.pk}/" in page
    assert "acme-api" in page
    assert str(of_acme.pk) not in page


def test_a_state_can_be_asked_for(admin, of_catalogue, of_acme) -> None:
    page = admin.get("/admin/builds/?state=failed").content.decode()
    assert "acme-api" in page
    assert str(of_catalogue.pk) not in page


@pytest.mark.parametrize(
    ("query", "is_of_catalogue", "is_of_acme"),
    [
        ("q=python", True, False),
        ("q=python 3.13", True, False),
        ("q=acme-api", False, True),
        ("q=Acme", False, True),
        ("q=%00none", False, False),
        ("q=python&state=failed", False, False),
    ],
)
def test_builds_are_found_by_image_recipe_and_tenant(
    admin, of_catalogue, of_acme, query: str, is_of_catalogue: bool, is_of_acme: bool
) -> None:
    page = admin.get(f"/admin/builds/?{query}").content.decode()
    assert (str(of_catalogue.pk) in page, "<strong>acme-api</strong>" in page) == (
        is_of_catalogue,
        is_of_acme,
    )


def test_each_state_says_how_many(admin, of_catalogue, of_acme) -> None:
    page = " ".join(admin.get("/admin/builds/").content.decode().split())
    for said in ("All <small>2</small>", "Failed <small>1</small>", "Queued <small>1</small>"):
        assert said in page


def test_a_build_of_the_catalogue_shows_its_steps(admin, of_catalogue) -> None:
    page = admin.get(f"/admin/builds/{of_catalogue.pk}/").content.decode()
    assert "Test in the sandbox" in page
    assert "new fix" in page


def test_a_tenants_build_is_not_there(admin, of_acme) -> None:
    assert admin.get(f"/admin/builds/{of_acme.pk}/").status_code == 404


def test_the_progress_of_an_ended_build_asks_for_the_whole_page(admin, of_catalogue) -> None:
    path = f"/admin/builds/{of_catalogue.pk}/"
    assert "HX-Refresh" not in admin.get(path, headers={"hx-target": "progress"})
    Build.objects.filter(pk=of_catalogue.pk).update(state=Build.State.SUCCEEDED)
    assert admin.get(path, headers={"hx-target": "progress"})["HX-Refresh"] == "true"
