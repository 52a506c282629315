"""Many grants at once: given in a fixed number of queries, ended, and given again as they were."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry import grants, grants_at_once, pins, visibility, withdraw
from registry.models import Grant, HeldTag, Repository
from tests.catalog import world

ENDS = datetime(2031, 1, 1, tzinfo=UTC)


def repositories(*names: str) -> list[Repository]:
    return [Repository.objects.create(name=name) for name in names]


def given(tenant) -> dict[str, str]:
    return dict(Grant.objects.of(tenant.pk).values_list("repository__name", "name"))


def test_each_is_shown_whole_under_its_own_name_and_twice_changes_nothing(acme):
    both = repositories("node", "python")
    for _ in range(2):
        grants_at_once.give(tenant=acme, repositories=both, as_before={})
    assert given(acme) == {"node": "node", "python": "python"}
    assert set(Grant.objects.values_list("is_latest_only", "is_on_hold")) == {(False, False)}
    assert [grant.tag_patterns for grant in Grant.objects.all()] == [["*"], ["*"]]


def test_where_everyone_is_let_in_only_the_latest_is_shown(acme):
    acme.is_open = True
    grants_at_once.give(tenant=acme, repositories=repositories("node"), as_before={})
    assert Grant.objects.get().is_latest_only


def test_a_name_that_the_tenant_uses_is_left_to_it(acme):
    Repository.objects.create(name="node", tenant=acme)
    [other, node, python] = repositories("other", "node", "python")
    grants.grant(tenant=acme, repository=other, name="python")
    grants_at_once.give(tenant=acme, repositories=[node, python], as_before={})
    assert given(acme) == {"other": "python", "node": "library/node", "python": "library/python"}


def test_more_of_them_take_no_more_queries(acme):
    with CaptureQueriesContext(connection) as few:
        grants_at_once.give(tenant=acme, repositories=repositories("a")[:0], as_before={})
    many = repositories(*(f"r{number}" for number in range(40)))
    with CaptureQueriesContext(connection) as counted:
        grants_at_once.give(tenant=acme, repositories=many, as_before={})
    assert len(counted) <= len(few) + 1
    with CaptureQueriesContext(connection) as counted:
        grants_at_once.end(tenant=acme, repositories=many)
    assert len(counted) <= 8
    assert given(acme) == {}


@pytest.fixture
def pinned(acme, alice, settings, tmp_path) -> Repository:
    """python, of which acme sees some tags under its own name until 2031, and keeps 3.13 at the first digest."""
    settings.STORAGE_ROOT = tmp_path / "storage"
    image = world.image("python", is_free=False)
    grants.grant(
        tenant=acme, repository=image.repository, name="team/python", tag_patterns=("3*",), ends_at=ENDS
    )
    first = world.pushed(image.repository, content=b"first", tag="3.13")
    world.pushed(image.repository, content=b"second", tag="3.13")
    view = visibility.find(tenant=acme, name="team/python")
    pins.pin(view=view, name="3.13", digest=first.digest, actor=alice, reason="tests fail")
    return image.repository


def facts(model, *left_out: str) -> list[dict]:
    rows = model.objects.values()
    return [{name: value for name, value in row.items() if name not in {"id", *left_out}} for row in rows]


def test_what_a_grant_was_comes_back_with_its_pins(acme, pinned):
    grants_before, pins_before = facts(Grant), facts(HeldTag, "grant_id")
    digest = visibility.find(tenant=acme, name="team/python").tag("3.13").digest
    were = grants_at_once.end(tenant=acme, repositories=[pinned])
    assert visibility.find(tenant=acme, name="team/python") is None
    grants_at_once.give(tenant=acme, repositories=[pinned], as_before=were)
    assert (facts(Grant), facts(HeldTag, "grant_id")) == (grants_before, pins_before)
    assert visibility.find(tenant=acme, name="team/python").tag("3.13").digest == digest


def test_of_a_usual_grant_only_its_beginning_is_told(acme):
    both = repositories("node", "python")
    grants_at_once.give(tenant=acme, repositories=both, as_before={})
    were = grants_at_once.end(tenant=acme, repositories=both)
    assert {name: list(was) for name, was in were.items()} == {
        "node": ["created_at"],
        "python": ["created_at"],
    }


def test_a_digest_that_was_seen_before_is_pullable_again(acme, settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path / "storage"
    repository = world.image("python", is_free=False).repository
    grants_at_once.give(tenant=acme, repositories=[repository], as_before={})
    past = world.pushed(repository, content=b"first", tag="3.13")
    world.pushed(repository, content=b"second", tag="3.13")
    were = grants_at_once.end(tenant=acme, repositories=[repository])
    grants_at_once.give(tenant=acme, repositories=[repository], as_before=were)
    assert visibility.find(tenant=acme, name="python").manifest(past.digest).digest == past.digest


def test_a_pin_of_a_digest_withdrawn_meanwhile_says_so(acme, alice, pinned):
    were = grants_at_once.end(tenant=acme, repositories=[pinned])
    digest = were["python"]["pins"][0]["digest"]
    withdraw.withdraw(repository=pinned, digest=digest, reason="leaks a key", actor=alice)
    grants_at_once.give(tenant=acme, repositories=[pinned], as_before=were)
    assert HeldTag.objects.get().withdrawn == "leaks a key"


def test_a_pin_never_comes_back_for_a_digest_that_its_repository_does_not_keep(acme, pinned):
    were = grants_at_once.end(tenant=acme, repositories=[pinned])
    other = world.image("redis", is_free=False, stream="8").repository
    elsewhere = world.pushed(other, content=b"elsewhere", tag="8")
    pin = {**were["python"]["pins"][0], "digest": elsewhere.digest}
    was = {"python": {**were["python"], "pins": [pin]}}
    grants_at_once.give(tenant=acme, repositories=[pinned, other], as_before=was)
    assert not HeldTag.objects.exists()


def test_a_name_taken_meanwhile_is_not_taken_back(acme, pinned):
    were = grants_at_once.end(tenant=acme, repositories=[pinned])
    Repository.objects.create(tenant=acme, name="team/python")
    grants_at_once.give(tenant=acme, repositories=[pinned], as_before=were)
    assert given(acme) == {"python": "python"}
    assert Grant.objects.get().tag_patterns == ["3*"]
