"""The list of pins: what stays, why, how far its source has gone."""

from __future__ import annotations

from registry import pins, tags, visibility
from tests.registry.pages.conftest import NEW_DIGEST, OLD_DIGEST


def keep(acme, alice, name: str = "web/nginx", tag: str = "1"):
    view = visibility.find(tenant=acme, name=name)
    return pins.pin(view=view, name=tag, digest=OLD_DIGEST, actor=alice, reason="our tests")


def test_no_pin_says_how_to_make_one(alices):
    page = alices.get("/pins/").content.decode()
    assert "No tag is pinned." in page
    assert 'href="/images/"' in page


def test_a_pin_is_listed_with_its_reason_and_its_source(alices, bobs, charlies, granted, acme, alice):
    keep(acme, alice)
    page = alices.get("/pins/").content.decode()
    assert "web/nginx:1" in page
    assert "Alice: our tests" in page
    assert (f'title="{OLD_DIGEST}"' in page, f'title="{NEW_DIGEST}"' in page) == (True, True)
    assert "Let it follow" in page
    assert "Let it follow" not in bobs.get("/pins/").content.decode()
    assert charlies.get("/pins/").status_code == 404


def test_a_source_that_is_gone_is_said(alices, granted, acme, alice):
    keep(acme, alice)
    tags.delete(repository=granted.repository, name="1", actor="p")
    assert ">gone<" in alices.get("/pins/").content.decode()


def test_pins_of_a_grant_that_is_not_in_force_are_not_listed(alices, granted, acme, alice):
    keep(acme, alice)
    granted.is_on_hold = True
    granted.save()
    assert "No tag is pinned." in alices.get("/pins/").content.decode()


def test_the_list_costs_a_fixed_number_of_queries(
    alices, granted, shelf, acme, alice, django_assert_max_num_queries
):
    for number in range(8):
        shelf.image(b"old layer", f"2.{number}")
        keep(acme, alice, tag=f"2.{number}")
    with django_assert_max_num_queries(12):
        assert alices.get("/pins/").content.decode().count(": our tests") == 8
