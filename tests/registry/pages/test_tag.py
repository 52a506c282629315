"""The page of one tag: where it is, how it moved, what it was at a time."""

from __future__ import annotations

import re
from datetime import date, timedelta
from urllib.parse import unquote

import pytest
from django.utils import timezone

from registry import pins, visibility
from registry.models import Tag, TagEvent
from registry.withdraw import withdraw
from tests.registry.pages.conftest import NEW_DIGEST, OLD_DIGEST

OWN, GRANTED = "/repositories/app/tags/1/", "/repositories/web/nginx/tags/1/"


def text_of(client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


@pytest.fixture
def spread(granted):
    """The first move three days ago, the second two days ago."""
    now = timezone.now()
    for days, event in zip((3, 2), TagEvent.objects.order_by("pk"), strict=True):
        TagEvent.objects.filter(pk=event.pk).update(at=now - timedelta(days=days), actor="petra@platform")
    granted.created_at = now - timedelta(days=9)
    granted.save()
    return now


def test_a_tag_says_where_it_is_and_how_to_pull_it(alices, app):
    page = text_of(alices, OWN)
    assert "docker pull acme.localhost/app:1" in page
    assert f"docker pull acme.localhost/app@{NEW_DIGEST}" in page
    assert page.count(f'title="{OLD_DIGEST}"') == 1
    assert "Alice (ci)" in page
    assert 'href="/repositories/app/tags/1/move?digest=sha256' in page


def test_a_granted_tag_speaks_the_tenants_name_and_no_ones_of_the_platform(alices, granted, spread):
    page = text_of(alices, GRANTED)
    assert "docker pull acme.localhost/web/nginx:1" in page
    assert "platform-nginx" not in page
    assert "petra" not in page
    assert "Keep here" in page


def offered(page: str) -> set[str]:
    """Digests that the history offers to move back to, or to keep."""
    return {unquote(each) for each in re.findall(r'class="button small" href="[^"]*[?]digest=([^"]*)"', page)}


def test_one_moves_back_to_where_it_is_not_and_keeps_what_is_not_pinned(alices, app, granted, acme, alice):
    own = text_of(alices, OWN)
    assert (offered(own), own.count(">here now<")) == ({OLD_DIGEST}, 1)
    assert offered(text_of(alices, GRANTED)) == {OLD_DIGEST, NEW_DIGEST}
    view = visibility.find(tenant=acme, name="web/nginx")
    pins.pin(view=view, name="1", digest=OLD_DIGEST, actor=alice, reason="our tests")
    assert offered(text_of(alices, GRANTED)) == {NEW_DIGEST}


def test_what_it_was_at_a_time(alices, spread):
    ask = GRANTED + "?at="

    def at(days: float) -> str:
        return text_of(alices, ask + (spread - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M"))

    assert f'data-copy="{OLD_DIGEST}"' in at(2.5)
    assert f'data-copy="{NEW_DIGEST}"' in at(1)
    assert "there was no such tag" in at(5)
    assert f"On {spread:%-d %b %Y}" in at(-5), "nobody knows more than now"


def test_what_it_was_counts_ones_own_pin(alices, spread, granted, acme, alice):
    view = visibility.find(tenant=acme, name="web/nginx")
    pins.pin(view=view, name="1", digest=OLD_DIGEST, actor=alice, reason="our tests")
    page = text_of(alices, f"{GRANTED}?at={(timezone.now() + timedelta(minutes=1)):%Y-%m-%dT%H:%M}")
    assert "you had it pinned at" in page
    assert "our tests" in page
    assert "Let it follow again" in page
    pins.unpin(grant=granted, name="1", actor=alice)
    page = text_of(alices, f"{GRANTED}?at={(timezone.now() + timedelta(minutes=1)):%Y-%m-%dT%H:%M}")
    assert f'data-copy="{NEW_DIGEST}"' in page


@pytest.mark.parametrize("at", ["soon", "2026-13-45T10:00", "10:00", "<script>"])
def test_a_time_that_is_none_is_refused_beside_its_field(alices, app, at):
    page = text_of(alices, f"{OWN}?at={at}", 422)
    assert "Give a date and a time" in page
    assert "<script>" not in page.split("assay.js")[-1].replace("</script>", "")


def test_a_fixed_tag_and_a_reader_are_offered_no_change(alices, bobs, app):
    assert "Move back" in text_of(alices, OWN)
    assert "Move back" not in text_of(bobs, OWN)
    Tag.objects.update(is_immutable=True)
    page = text_of(alices, OWN)
    assert '<span class="pill gold">fixed</span>' in page
    assert "Move back" not in page


def test_an_end_of_life_and_a_withdrawal_are_said(alices, granted, shelf):
    Tag.objects.filter(name="1").update(ends_on=date(2026, 1, 1))
    withdraw(repository=shelf.repository, digest=OLD_DIGEST, reason="broken", actor="tests")
    page = text_of(alices, GRANTED)
    assert "1 reached its end of life on 2026-01-01" in page
    assert '<span class="pill warn">withdrawn</span>' in page
    assert f"move?digest={OLD_DIGEST.replace(':', '%3A')}" not in page


def test_a_deleted_tag_keeps_its_page(alices, app, ours):
    ours("DELETE", "/v2/app/manifests/1")
    page = text_of(alices, OWN)
    assert "This tag was deleted" in page
    assert "docker pull" not in page
    assert "Move back" in page


@pytest.mark.parametrize(
    "path",
    [
        "/repositories/app/tags/2/",
        "/repositories/none/tags/1/",
        "/repositories/platform-nginx/tags/1/",
        f"/repositories/web/nginx/tags/sha256-{'0' * 64}.sig/",
    ],
)
def test_what_is_not_there_or_not_yours_is_one_answer(alices, charlies, app, granted, path):
    assert alices.get(path).status_code == 404
    assert charlies.get(OWN).status_code == 404
    assert charlies.get(GRANTED).status_code == 404


def test_a_tag_outside_the_grant_has_no_page(alices, granted):
    granted.tag_patterns = ["2*"]
    granted.save()
    assert alices.get(GRANTED).status_code == 404


def test_an_alias_that_left_the_grants_streams_says_so(alices, granted):
    granted.streams = ["1.26"]
    granted.save()
    Tag.objects.update(stream="1.28")
    first, second = TagEvent.objects.order_by("pk")
    TagEvent.objects.filter(pk=first.pk).update(stream="1.26")
    TagEvent.objects.filter(pk=second.pk).update(stream="1.28", previous_stream="1.26")
    page = text_of(alices, GRANTED)
    assert "no longer shown" in page
    assert NEW_DIGEST not in page
    assert OLD_DIGEST in page


def test_a_page_of_history_costs_a_fixed_number_of_queries(alices, app, ours, django_assert_max_num_queries):
    for number in range(30):
        ours.image("app", "1", b"%d" % number)
    with django_assert_max_num_queries(14):
        page = text_of(alices, OWN)
    assert "25 of 32" in page


def test_so_does_one_of_a_granted_image(alices, granted, shelf, django_assert_max_num_queries):
    granted.is_latest_only = True  # what a tag was before is not shown, so that nothing answers for it
    granted.save()
    for number in range(30):
        shelf.image(b"%d" % number, "latest")
    with django_assert_max_num_queries(24):
        page = text_of(alices, "/repositories/web/nginx/tags/latest/")
    assert "25 of 30" in page
