"""Guessing: counted by network in the database, answered with "later"; good clients never notice."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
import time_machine

from registry import throttle
from registry.errors import TooManyFailures
from registry.models import Failures
from tenants.models import AccessToken
from tests.registry.wire import Answer, Wire, basic

HOST = "acme.localhost"
HALF_PAST = "2026-08-22T10:00:30Z"


@pytest.fixture
def few(monkeypatch) -> None:
    monkeypatch.setattr(throttle, "MOST", 3)


@pytest.fixture
def pushed(ours):
    ours.image("app", "1")
    AccessToken.unscoped.update(expires_at="2026-12-01T00:00Z")


def guess(path: str = "/v2/app/manifests/1", address: str = "192.0.2.1", **headers: str) -> Answer:
    wire = Wire(HOST, basic("a guess"))
    return wire("GET", path, REMOTE_ADDR=address, **headers)


@time_machine.travel(HALF_PAST, tick=False)
@pytest.mark.parametrize("path", ["/v2/", "/v2/app/manifests/1", "/auth/token", "/v2/_catalog"])
def test_the_guess_after_the_last_is_told_to_wait(pushed, few, path):
    assert [guess(path).status for _ in range(4)] == [401, 401, 401, 429]
    answer = guess(path)
    assert (answer.code, answer.headers["retry-after"]) == ("TOOMANYREQUESTS", "30")
    with time_machine.travel("2026-08-22T10:01:00Z", tick=False):
        assert guess(path).status == 401, "a new minute, a new count"


@time_machine.travel(HALF_PAST, tick=False)
def test_a_good_client_behind_the_same_address_is_served_all_the_while(pushed, few, secret):
    for _ in range(6):
        guess()
    good = Wire(HOST, basic(secret))
    assert good("GET", "/v2/app/manifests/1", REMOTE_ADDR="192.0.2.1").status == 200
    given = good("GET", "/auth/token?scope=repository:app:pull", REMOTE_ADDR="192.0.2.1")
    pull = Wire(HOST, f"Bearer {given.json['token']}")
    assert pull("GET", "/v2/app/manifests/1", REMOTE_ADDR="192.0.2.1").status == 200
    assert guess().status == 429


@time_machine.travel(HALF_PAST, tick=False)
def test_another_address_is_counted_by_itself(pushed, few):
    for _ in range(5):
        guess()
    assert guess(address="192.0.2.2").status == 401


@time_machine.travel(HALF_PAST, tick=False)
def test_what_is_no_guess_is_not_counted(pushed, few, secret):
    stale = Wire(HOST).bearer(secret, "repository:app:pull")
    with time_machine.travel("2026-08-22T10:10:00Z", tick=False):
        assert [stale("GET", "/v2/app/manifests/1").status for _ in range(9)] == [401] * 9
    assert [Wire(HOST)("GET", "/v2/app/manifests/1").status for _ in range(9)] == [401] * 9
    assert not Failures.objects.exists()


@time_machine.travel(HALF_PAST, tick=False)
@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "password", "password": "guess"},
        {"grant_type": "refresh_token", "refresh_token": "guess"},
        {"grant_type": "refresh_token", "refresh_token": "a.b.c"},
    ],
    ids=str,
)
def test_guesses_by_post_count_too(pushed, few, form):
    ask = Wire(HOST)
    found = [ask("POST", "/auth/token", urlencode(form).encode()).status for _ in range(4)]
    assert found == [401, 401, 401, 429]


@time_machine.travel(HALF_PAST, tick=False)
def test_a_flood_stops_writing_to_the_database(pushed, few, django_assert_num_queries):
    for _ in range(4):
        guess()
    assert Failures.objects.get().count == 3
    with django_assert_num_queries(1), pytest.raises(TooManyFailures):
        throttle.note("192.0.2.1")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_a_site_with_a_million_addresses_is_one_network(address, network):
    assert throttle.network_of(address) == network


@time_machine.travel(HALF_PAST, tick=False)
def test_old_counts_are_forgotten(db):
    throttle.note("192.0.2.1")
    assert throttle.forget_old() == 0
    with time_machine.travel("2026-08-22T11:02:00Z", tick=False):
        assert throttle.forget_old() == 1
