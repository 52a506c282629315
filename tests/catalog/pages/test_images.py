"""The list of images."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Image
from catalog.pages.hallmarks import PROVENANCE, SIGNATURE
from tests.catalog import world


@pytest.fixture
def python(acme, globex) -> Image:
    image = world.image()
    world.released(image.streams.get())
    return image


def test_the_list_shows_an_image_with_its_hallmarks(visit, alice, python) -> None:
    page = visit(alice, "/images/").content.decode()
    assert 'href="/images/python/"' in page
    assert "Tested: 5 of 5 checks, ran on amd64" in page


def test_a_mark_whose_evidence_is_not_stored_is_missing(visit, alice, python) -> None:
    page = visit(alice, "/images/").content.decode()
    assert "Bill of materials (missing): not stored beside this release" in page


@pytest.mark.parametrize("is_beside_a_platform", [True, False])
def test_a_mark_is_earned_by_what_is_stored_beside_a_release_or_one_of_its_platforms(
    visit, alice, python, is_beside_a_platform
) -> None:
    release = python.streams.get().releases.get()
    subject = release.platforms["amd64"]["digest"] if is_beside_a_platform else release.digest
    for predicate in (SIGNATURE, PROVENANCE):
        notes = {"in-toto.io/predicate-type": predicate}
        world.attach(python.repository, subject, predicate.encode(), "application/vnd.in-toto+json", notes)
    page = visit(alice, "/images/").content.decode()
    assert "Provenance: SLSA 1, every input by digest" in page
    assert "Signed: key platform, verifies with cosign" in page
    assert "Bill of materials (missing)" in page


def test_an_image_that_was_never_built_says_so(visit, alice, acme) -> None:
    world.image("redis", stream="8")
    assert "not built yet" in visit(alice, "/images/").content.decode()


def test_what_an_image_replaces_finds_it(visit, alice, python) -> None:
    world.image("redis", stream="8")
    page = visit(alice, "/images/?q=docker.io/library/redis").content.decode()
    assert "/images/redis/" in page
    assert "/images/python/" not in page


def test_a_search_without_a_match_offers_the_way_back(visit, alice, python) -> None:
    page = visit(alice, "/images/?q=<b>nothing</b>").content.decode()
    assert "Nothing matches “&lt;b&gt;nothing&lt;/b&gt;”" in page
    assert "Show all images" in page


def test_htmx_gets_the_rows_alone(visit, alice, python) -> None:
    page = visit(alice, "/images/", **{"hx-target": "found"}).content.decode()
    assert "/images/python/" in page
    assert "<html" not in page


def test_more_images_cost_no_more_queries(visit, alice, python, django_assert_num_queries) -> None:
    with CaptureQueriesContext(connection) as one:
        visit(alice, "/images/")
    for number in range(12):
        image = world.image(f"image-{number}", stream="1")
        world.released(image.streams.get(), content=f"layer {number}".encode())
    with django_assert_num_queries(len(one)):
        visit(alice, "/images/")


def test_another_tenants_person_is_told_there_is_no_such_page(visit, charlie, python) -> None:
    assert visit(charlie, "/images/").status_code == 404


def test_an_anonymous_visitor_is_sent_to_sign_in(visit, python) -> None:
    answer = visit(None, "/images/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")
