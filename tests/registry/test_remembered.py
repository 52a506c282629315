"""Answers given again: how old they may be, to whom they are given, and that each pull is still noted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry import grants, memory
from registry.door import remembered
from registry.models import Grant, Pull, Repository
from tenants import tokens
from tenants.models import AccessToken, Hostname, Membership
from tests.registry.clocks import remembering
from tests.registry.wire import Wire, image, sha256

OLD, NEW = b"old layer", b"new layer"


@pytest.fixture
def clock():
    with remembering() as clock:
        yield clock


@pytest.fixture
def pulling(acme, alice, shelf, secret, clock):
    """A wire that pulls `nginx:1`, which the platform grants to acme, with a registry token."""
    shelf.image(OLD, "1")
    grants.grant(tenant=acme, repository=shelf.repository, name="nginx")
    return Wire().bearer(secret, "repository:nginx:pull")


def digest(wire: Wire, what: str = "1") -> str:
    return wire("HEAD", f"/v2/nginx/manifests/{what}").headers["docker-content-digest"]


def queries(wire: Wire, *paths: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        for path in paths:
            assert wire("GET", f"/v2/nginx/{path}").status == 200
    return sum("registry_pull" not in one["sql"] and "SAVEPOINT" not in one["sql"] for one in seen)


@pytest.mark.parametrize(
    "what", ["manifests/1", f"manifests/{sha256(image(OLD))}", "tags/list", f"referrers/{sha256(image(OLD))}"]
)
def test_an_answer_is_read_once_in_a_second(pulling, clock, what):
    first = pulling("GET", f"/v2/nginx/{what}")
    assert queries(pulling, what, what) == 0
    again = pulling("GET", f"/v2/nginx/{what}")
    assert (again.status, again.headers, again.content) == (first.status, first.headers, first.content)
    clock.pass_(memory.ANSWER)
    assert queries(pulling, what) > 0


def test_a_look_and_a_pull_share_an_answer(pulling):
    pull = pulling("GET", "/v2/nginx/manifests/1")
    look = pulling("HEAD", "/v2/nginx/manifests/1")
    assert (look.status, look.headers, look.content) == (200, pull.headers, b"")
    assert pull.headers["content-length"] == str(len(pull.content))


def test_another_caller_with_the_same_view_costs_only_the_check_of_who_it_is(pulling, acme, alice):
    pulling("GET", "/v2/nginx/manifests/1")
    _, secret = tokens.issue(user=alice, tenant=acme, name="other", actions=["pull"])
    other = Wire().bearer(secret, "repository:nginx:pull")
    with CaptureQueriesContext(connection) as seen:
        assert digest(other) == sha256(image(OLD))
    assert {one["sql"].split('FROM "')[1].split('"')[0] for one in seen} == {
        "tenants_accesstoken",
        "tenants_membership",
    }


def test_which_blob_is_meant_is_read_once_in_a_second_and_its_bytes_each_time(pulling, clock):
    path = f"blobs/{sha256(OLD)}"
    assert pulling("GET", f"/v2/nginx/{path}").content == OLD
    assert queries(pulling, path) == 0
    for file in Path(settings.STORAGE_ROOT).rglob(f"{sha256(OLD)[7:]}*"):
        file.unlink()
    assert pulling("GET", f"/v2/nginx/{path}").status == 404
    clock.pass_(memory.ANSWER)
    assert pulling("GET", f"/v2/nginx/{path}").status == 404


def test_a_deleted_blob_is_gone_at_once(ours, clock):
    digest = ours.blob("app", OLD)
    clock.pass_(0.01)
    assert ours("GET", f"/v2/app/blobs/{digest}").content == OLD
    assert ours("DELETE", f"/v2/app/blobs/{digest}").status == 202
    assert ours("GET", f"/v2/app/blobs/{digest}").status == 404


def test_a_moved_tag_is_seen_within_a_second(pulling, shelf, clock):
    assert digest(pulling) == sha256(image(OLD))
    shelf.image(NEW, "1")  # by another process: this one cannot know
    clock.pass_(0.9)
    assert digest(pulling) == sha256(image(OLD))
    clock.pass_(0.1)
    assert digest(pulling) == sha256(image(NEW))


def test_a_new_tag_is_seen_at_once(pulling, shelf):
    assert pulling("GET", "/v2/nginx/manifests/2").status == 404
    shelf.image(NEW, "2")
    assert pulling("GET", "/v2/nginx/manifests/2").status == 200


ENDS = {
    "the token is revoked": lambda acme: AccessToken.unscoped.update(revoked_at=timezone.now()),
    "the token expires": lambda acme: AccessToken.unscoped.update(expires_at=timezone.now()),
    "its owner leaves": lambda acme: Membership.objects.filter(tenant=acme).delete(),
    "its owner may only audit": lambda acme: Membership.objects.update(role="auditor"),
    "its owner is suspended": lambda acme: AccessToken.unscoped.get().user.__class__.objects.update(is_active=False),
    "the grant is revoked": lambda acme: grants.revoke(tenant=acme, repository=Repository.objects.get(tenant=None)),
    "the grant is on hold": lambda acme: Grant.objects.update(is_on_hold=True),
    "the grant has ended": lambda acme: Grant.objects.update(ends_at=timezone.now() - timedelta(seconds=1)),
    "the grant shows other tags": lambda acme: Grant.objects.update(tag_patterns=["2*"]),
    "the tenant is closed": lambda acme: acme.__class__.objects.update(is_active=False),
    "the host is withdrawn": lambda acme: Hostname.objects.all().delete(),
}  # fmt: skip


@pytest.mark.parametrize("what", ["manifests/1", f"blobs/{sha256(OLD)}", "tags/list"])
@pytest.mark.parametrize("end", ENDS)
def test_what_ends_is_refused_within_five_seconds(pulling, acme, clock, end, what):
    """Also when the facts were read just before, and an answer was made of them just before they expired."""
    if what == "tags/list" and end == "the grant shows other tags":
        ask = lambda: pulling("GET", f"/v2/nginx/{what}").json.get("tags")  # noqa: E731
    else:
        ask = lambda: pulling("GET", f"/v2/nginx/{what}").status == 200  # noqa: E731
    assert ask()
    ENDS[end](acme)
    for seconds in (3.9, 1.05):  # the facts are used for the last time, and so is the answer made of them
        clock.pass_(seconds)
        ask()
    clock.pass_(0.05)
    assert not ask()


def test_a_role_that_comes_back_is_seen_at_once(pulling, acme, alice, clock):
    Membership.objects.filter(tenant=acme).delete()
    assert pulling("GET", "/v2/nginx/manifests/1").status == 401
    Membership.objects.create(tenant=acme, user=alice, role="viewer")
    assert pulling("GET", "/v2/nginx/manifests/1").status == 200


def test_a_write_is_seen_by_the_next_read(ours, clock):
    for layer in (OLD, NEW):
        ours.image("app", "1", layer)
        clock.pass_(0.01)
        for _ in range(2):
            assert ours("HEAD", "/v2/app/manifests/1").headers["docker-content-digest"] == sha256(
                image(layer)
            )
            assert ours("GET", "/v2/app/tags/list").json["tags"] == ["1"]
        clock.pass_(0.01)
    assert ours("DELETE", "/v2/app/manifests/1").status == 202
    assert ours("GET", "/v2/app/manifests/1").status == 404
    assert ours("GET", "/v2/app/tags/list").json["tags"] == []


def test_a_write_by_one_address_is_seen_by_the_other(ours, secret, clock):
    portal = Wire("localhost:8000").as_token(secret)
    ours.image("app", "1", OLD)
    clock.pass_(0.01)
    assert portal("GET", "/v2/acme/app/manifests/1").content == image(OLD)
    clock.pass_(0.01)
    ours.image("app", "1", NEW)
    assert portal("GET", "/v2/acme/app/manifests/1").content == image(NEW)


def test_no_tenant_gets_the_answer_of_another(ours, theirs, secret, foreign_secret, clock):
    ours.image("app", "1", OLD)
    theirs.image("app", "1", NEW)
    clock.pass_(0.01)
    wires = {
        "acme.localhost": (secret, OLD), "globex.localhost": (foreign_secret, NEW),
    }  # fmt: skip
    for _ in range(2):
        for host, (own, layer) in wires.items():
            assert Wire(host).as_token(own)("GET", "/v2/app/manifests/1").content == image(layer)
            assert Wire(host).bearer(own, "repository:app:pull")(
                "GET", "/v2/app/manifests/1"
            ).content == image(layer)
        for host, stranger in (("acme.localhost", foreign_secret), ("globex.localhost", secret)):
            for name in ("app", "none"):
                answer = Wire(host).as_token(stranger)("GET", f"/v2/{name}/manifests/1")
                assert (answer.status, answer.code) == (404, "NAME_UNKNOWN")
        assert Wire("acme.localhost")("GET", "/v2/app/manifests/1").status == 401
        assert Wire("unknown.example").as_token(secret)("GET", "/v2/app/manifests/1").status == 421
        assert (
            Wire(
                "globex.localhost", Wire("acme.localhost").bearer(secret, "repository:app:pull").authorization
            )("GET", "/v2/app/manifests/1").status
            == 401
        )


def test_two_tenants_with_different_rules_on_one_repository_see_each_their_own(
    pulling, globex, foreign_secret, shelf
):
    shelf.image(NEW, "2")
    grants.grant(tenant=globex, repository=shelf.repository, name="nginx", tag_patterns=["2"])
    theirs = Wire("globex.localhost").as_token(foreign_secret)
    for _ in range(2):
        assert pulling("GET", "/v2/nginx/tags/list").json["tags"] == ["1", "2"]
        assert theirs("GET", "/v2/nginx/tags/list").json["tags"] == ["2"]
        assert theirs("GET", f"/v2/nginx/manifests/{sha256(image(OLD))}").status == 404
        assert pulling("GET", f"/v2/nginx/manifests/{sha256(image(OLD))}").status == 200


def test_a_token_for_less_gets_less_though_the_answer_is_known(ours, secret, acme, alice, clock):
    ours.image("app", "1")
    clock.pass_(0.01)
    assert ours("GET", "/v2/app/manifests/1").status == 200
    assert Wire().bearer(secret, "repository:other:pull")("GET", "/v2/app/manifests/1").status == 401
    _, narrow = tokens.issue(user=alice, tenant=acme, name="n", actions=["pull"], repositories="other*")
    assert Wire().as_token(narrow)("GET", "/v2/app/manifests/1").status == 404


def test_every_repeated_pull_is_noted_and_no_look(pulling):
    for address in ("10.0.0.1", "10.0.0.2", "10.0.0.3"):
        pulling("HEAD", "/v2/nginx/manifests/1", REMOTE_ADDR=address)
        pulling("GET", "/v2/nginx/manifests/1", REMOTE_ADDR=address, HTTP_USER_AGENT=f"client of {address}")
        pulling("GET", "/v2/nginx/tags/list", REMOTE_ADDR=address)
    noted = Pull.objects.order_by("pk").values_list(
        "address", "client", "tag", "actor", "tenant__slug", "digest"
    )
    assert list(noted) == [
        (address, f"client of {address}", "1", "Alice (ci)", "acme", sha256(image(OLD)))
        for address in ("10.0.0.1", "10.0.0.2", "10.0.0.3")
    ]


def test_the_pulls_of_two_callers_are_not_taken_for_one(pulling, acme, alice):
    _, secret = tokens.issue(user=alice, tenant=acme, name="other", actions=["pull"])
    other = Wire().bearer(secret, "repository:nginx:pull")
    for wire in (pulling, other, pulling, other):
        wire("GET", "/v2/nginx/manifests/1")
    actors = Pull.objects.order_by("pk").values_list("actor", flat=True)
    assert list(actors) == ["Alice (ci)", "Alice (other)"] * 2


def test_made_up_addresses_take_no_room(pulling, secret):
    before = len(remembered._by_request), len(remembered._by_view)
    for number in range(50):
        for path in (f"manifests/x{number}", f"blobs/sha256:{number:064}", f"referrers/{number}"):
            pulling("GET", f"/v2/nginx/{path}")
        pulling("GET", f"/v2/none{number}/manifests/1")
        Wire("acme.localhost", f"Bearer {number}.a.b")("GET", "/v2/nginx/manifests/1")
        Wire("acme.localhost")("GET", f"/auth/token?scope=repository:r{number}:pull")
        Wire(f"h{number}.example")("GET", "/v2/nginx/manifests/1")
    assert (len(remembered._by_request), len(remembered._by_view)) == before


def test_made_up_queries_take_no_more_room_than_there_is(pulling, monkeypatch):
    for kept in (remembered._by_request, remembered._by_view):
        monkeypatch.setattr(kept, "_room", 20_000)
    for number in range(50):
        assert pulling("GET", f"/v2/nginx/manifests/1?ns={number}").status == 200
        assert max(remembered._by_request.weight, remembered._by_view.weight) <= 20_000
    assert 0 < len(remembered._by_view) < 20
    assert 0 < len(remembered._by_request) < 20


def test_an_answer_given_to_another_is_no_younger(pulling, acme, alice, shelf, clock):
    _, secret = tokens.issue(user=alice, tenant=acme, name="other", actions=["pull"])
    other = Wire().bearer(secret, "repository:nginx:pull")
    digest(pulling)
    shelf.image(NEW, "1")
    clock.pass_(0.9)
    assert digest(other) == sha256(image(OLD))
    clock.pass_(0.1)
    assert digest(other) == digest(pulling) == sha256(image(NEW))


def test_what_decides_over_a_push_is_never_remembered(ours, clock):
    ours.image("app", "1")
    Repository.objects.filter(name="app").update(immutable_tags=["1"])
    ours.blob("app", NEW)
    answer = ours.manifest("app", "1", image(NEW))
    assert answer.json["errors"][0]["message"].startswith("This tag never moves")
    Repository.objects.filter(name="app").update(quota_bytes=1)
    refused = ours("POST", f"/v2/app/blobs/uploads/?digest={sha256(b'more')}", b"more")
    assert "There is no room" in refused.json["errors"][0]["message"]


def test_a_push_to_a_repository_that_is_gone_meanwhile_is_refused_by_name(ours, clock):
    ours.image("app", "1")
    Repository.objects.filter(name="app").get().delete()
    refused = ours("POST", f"/v2/app/blobs/uploads/?digest={sha256(b'more')}", b"more")
    assert (refused.status, refused.code) == (404, "NAME_UNKNOWN")
