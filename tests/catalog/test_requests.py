"""Requests for access, from asking to the answer."""

from __future__ import annotations

import pytest

from catalog import offer, requests
from catalog.models import AccessRequest, Image
from tenants.models import AuditEntry
from tests.catalog import world

State = AccessRequest.State


@pytest.fixture
def redis(acme) -> Image:
    image = world.image("redis", is_free=False)
    Image.objects.filter(pk=image.pk).update(is_listed=True)
    return image


@pytest.fixture
def asked(redis, acme, bob) -> AccessRequest:
    return requests.ask(tenant=acme, name="redis", actor=bob, reason=" For the shop. ")


def verbs(tenant) -> list[str]:
    found = AuditEntry.objects.filter(tenant=tenant, verb__startswith="access.").order_by("sequence")
    return list(found.values_list("verb", flat=True))


def test_a_request_waits_and_is_in_the_trail(asked, acme):
    assert (asked.state, asked.reason, asked.asked_by) == (State.OPEN, "For the shop.", "bob@example.com")
    assert verbs(acme) == ["access.requested"]


def test_asking_twice_is_one_request(asked, acme, alice):
    assert requests.ask(tenant=acme, name="redis", actor=alice, reason="again") == asked
    assert verbs(acme) == ["access.requested"]


def test_a_granted_one_is_pullable(asked, acme, petra):
    requests.grant(request=asked, actor=petra, answer="Enjoy.")
    assert acme.grants.filter(name="redis").exists()
    assert (asked.state, asked.decided_by, asked.answer) == (State.GRANTED, "petra@example.com", "Enjoy.")
    assert verbs(acme) == ["access.requested", "access.granted"]


def test_a_declined_one_is_not_and_says_why(asked, acme, petra):
    requests.decline(request=asked, actor=petra, answer="Not in your plan.")
    assert not acme.grants.exists()
    assert (asked.state, asked.answer) == (State.DECLINED, "Not in your plan.")
    assert verbs(acme) == ["access.requested", "access.declined"]


def test_one_that_was_declined_may_be_asked_for_again(asked, acme, bob, petra):
    requests.decline(request=asked, actor=petra)
    assert requests.ask(tenant=acme, name="redis", actor=bob).state == State.OPEN


@pytest.mark.parametrize("verb", [requests.grant, requests.decline, requests.take_back])
def test_of_two_answers_the_second_is_refused(asked, acme, petra, verb):
    same = AccessRequest.objects.get(pk=asked.pk)
    requests.decline(request=asked, actor=petra)
    with pytest.raises(requests.AlreadyDecided, match="declined already"):
        verb(request=same, actor=petra)
    assert not acme.grants.exists()


def test_it_can_be_taken_back(asked, acme, bob):
    requests.take_back(request=asked, actor=bob)
    assert asked.state == State.WITHDRAWN
    assert verbs(acme)[-1] == "access.withdrawn"


def test_an_entitlement_given_otherwise_answers_it(asked, acme, redis):
    offer.entitle(tenant=acme, image=redis)
    asked.refresh_from_db()
    assert asked.state == State.GRANTED


def test_what_one_has_or_is_not_offered_cannot_be_asked_for(acme, bob, redis):
    world.image("hidden", is_free=False)
    offer.entitle(tenant=acme, image=redis)
    for name in ("redis", "hidden", "nothing"):
        with pytest.raises(requests.NotToBeHad):
            requests.ask(tenant=acme, name=name, actor=bob)
