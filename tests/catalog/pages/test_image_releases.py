"""Releases of an image on its page: named by any tag, compared, withdrawn, ended; and what is built upon it."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest

from builds.models import Recipe, RecipeRevision
from catalog.models import Image, Release, VersionStream
from catalog.offer import ImageOffer, StreamOffer, offer
from registry import withdraw
from registry.models import Repository
from tests.catalog import world


@pytest.fixture
def releases(acme, globex) -> dict[tuple[str, int], Release]:
    """Of python, in 3.13 (the latest) and 3.12: an older and a newer release of each."""
    image = offer(
        image=ImageOffer(
            name="python", title="Python", summary="The language.", category="language", is_free=True,
            streams=(
                StreamOffer(name="3.13", spec=world.SPEC, aliases=("latest",), is_latest=True),
                StreamOffer(name="3.12", spec=world.SPEC, eol_on=date(2026, 10, 1)),
            ),
        )
    )  # fmt: skip
    return {
        (stream.name, number): world.released(stream, content=f"{stream.name} {number}".encode())
        for stream in image.streams.order_by("name")
        for number in range(2)
    }


def commands(page: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'data-copy="([^"]*)"', page)]


@pytest.mark.parametrize("tag", ["3.12", "latest"])
def test_a_moving_tag_names_the_release_that_it_is_at(visit, alice, releases, tag):
    page = visit(alice, f"/images/python/?release={tag}&tab=sbom").content.decode()
    wanted = releases["3.12" if tag == "3.12" else "3.13", 1]
    assert f"evidence/sbom/{wanted.digest}" in page


def test_the_newest_of_another_stream_is_no_old_release(visit, alice, releases):
    page = visit(alice, "/images/python/?release=3.12").content.decode()
    assert "docker pull acme.localhost/python:3.12" in commands(page)
    assert "The newest is" not in page
    older = visit(alice, f"/images/python/?release={releases['3.12', 0].unique_tag}").content.decode()
    assert f"The newest is {releases['3.12', 1].unique_tag}." in older


def test_two_are_compared_by_tags_and_digests_alike(visit, alice, releases):
    page = visit(alice, f"/images/python/?tab=compare&a=3.12&b={releases['3.13', 0].digest}").content.decode()
    assert f"<option selected>{releases['3.12', 1].unique_tag}</option>" in page
    assert f"<option selected>{releases['3.13', 0].unique_tag}</option>" in page


def test_a_release_that_is_not_there_is_named_and_can_be_mended(visit, alice, releases):
    answer = visit(alice, "/images/python/?tab=compare&a=%3Cb%3E3.11&b=3.13")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "There is no release &lt;b&gt;3.11 here." in page
    assert 'value="&lt;b&gt;3.11"' in page


def test_each_movement_leads_to_what_it_changed(visit, alice, releases):
    page = html.unescape(visit(alice, "/images/python/?tab=tags").content.decode())
    before, after = (releases["3.12", number].digest.replace(":", "%3A") for number in (0, 1))
    assert f"?tab=compare&a={before}&b={after}" in page


def test_a_movement_before_the_releases_to_choose_from_leads_to_what_it_changed_too(
    visit, alice, releases, monkeypatch
):
    monkeypatch.setattr("catalog.pages.choosing.choices", lambda view: [releases["3.13", 1]])
    page = visit(alice, "/images/python/?tab=tags").content.decode()
    assert f"b={releases['3.12', 1].digest.replace(':', '%3A')}" in page


def test_a_withdrawn_release_says_so_and_why(visit, alice, releases, petra):
    withdraw.withdraw(
        repository=Repository.objects.get(name="python"), digest=releases["3.13", 1].digest,
        reason="It holds a key.", actor=petra,
    )  # fmt: skip
    page = visit(alice, "/images/python/").content.decode()
    assert "This release was withdrawn." in page
    assert "It holds a key." in page


def test_a_stream_that_has_ended_says_so(visit, alice, releases):
    VersionStream.objects.filter(name="3.12").update(eol_on="2026-01-01")
    assert (
        "3.12 reached its end of life on 1 Jan 2026."
        in visit(alice, "/images/python/?release=3.12").content.decode()
    )
    assert "end of life" not in visit(alice, "/images/python/").content.decode()


def test_golden_images_that_are_built_upon_it_are_named_to_their_tenant_alone(
    visit, alice, acme, globex, releases
):
    streams = {stream.name: stream for stream in VersionStream.objects.all()}
    for tenant, name, stream in ((acme, "shop", "3.12"), (globex, "secret", "3.13")):
        recipe = Recipe.unscoped.create(tenant=tenant, name=name)
        RecipeRevision.objects.create(
            recipe=recipe, number=1, base=streams[stream], customisation={}, author="a"
        )
    page = visit(alice, "/images/python/").content.decode()
    assert '<a href="/golden/shop/">shop</a> <code class="fade">3.12</code>' in page
    assert "secret" not in page


def test_a_recipe_that_moved_to_another_base_is_not_upon_the_old_one(visit, alice, acme, releases):
    world.image("redis", stream="8")
    recipe = Recipe.unscoped.create(tenant=acme, name="shop")
    for number, base in enumerate(
        (VersionStream.objects.get(name="3.13"), Image.objects.get(name="redis").streams.get()), 1
    ):
        RecipeRevision.objects.create(recipe=recipe, number=number, base=base, customisation={}, author="a")
    assert "/golden/shop/" not in visit(alice, "/images/python/").content.decode()


def test_the_first_pull_is_told_where_to_sign_in(visit, alice, releases):
    assert "docker login acme.localhost" in commands(visit(alice, "/images/python/").content.decode())


def test_architectures_have_their_sizes(visit, alice, releases):
    release = releases["3.13", 1]
    release.platforms["arm64"] = {**release.platforms["amd64"], "size": 19_900_000}
    release.save()
    page = re.sub(r"\s+", " ", visit(alice, "/images/python/").content.decode())
    assert 'arm64 <span class="fade">19.9 MB</span>' in page
