"""What programs can do is shown for two releases, on the build's page, to the platform and by the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from builds.capabilities import HELD, difference
from builds.models import Build
from builds.order import order_golden
from catalog.models import Release, VersionStream
from registry import visibility
from registry.models import Repository
from tenants.models import Tenant, User
from tests.builds.api.caller import Caller
from tests.builds.golden import CUSTOMISATION, index, python, sent  # noqa: F401
from tests.catalog import world
from tests.people import acme, alice, bob, charlie, globex, petra  # noqa: F401

pytestmark = pytest.mark.django_db
BEFORE = {"connects-to-network": ["libc6"], "loads-code": ["libssl3t64"]}
AFTER = {"connects-to-network": ["curl", "libc6"], "listens-on-network": ["curl"]}
SHOWN = (
    "accepts network connections",
    "+ curl",
    "loads libraries while it runs",
    "\N{MINUS SIGN} libssl3t64",
)


def scanned(found: dict[str, list[str]] | None, rules: str = "r1", **said: Any) -> Build:
    scan = {"findings": [], "rules": rules} | (
        {"capabilities": {"amd64": found}} if found is not None else {}
    )
    return Build.objects.create(spec={}, lock={}, ordered_by="platform", result={"scan": scan}, **said)


def release(stream: VersionStream, build: Build | None, content: bytes = b"one layer") -> Release:
    made = world.released(stream, content=content)
    made.build = build.pk if build else None
    made.save()
    return made


def as_(person: User, host: str = "acme.localhost") -> Client:
    client = Client(headers={"host": host})
    client.force_login(person, backend="tenants.signin.PlatformBackend")
    return client


@pytest.fixture
def tools(acme: Tenant, globex: Tenant) -> VersionStream:  # noqa: F811
    return world.image("tools").streams.get()


def test_two_releases_are_held_against_each_other(alice: User, tools: VersionStream) -> None:  # noqa: F811
    release(tools, scanned(BEFORE, stream=tools))
    release(tools, scanned(AFTER, stream=tools), b"newer")
    page = as_(alice).get("/builds/capabilities/tools/").content.decode()
    for words in SHOWN:
        assert words in page
    back = as_(alice).get("/builds/capabilities/tools/", {"a": "3.13-202608221001", "b": "3.13-202608221000"})
    assert "\N{MINUS SIGN} curl" in back.content.decode()
    assert "/builds/capabilities/tools/?a=" in as_(alice).get("/images/tools/?tab=compare").content.decode()


@pytest.mark.parametrize(
    ("builds", "words"),
    [
        ([], "There is no release yet."),
        ([None], "before programs were looked at"),
        ([BEFORE], "There is one release so far."),
        ([None, BEFORE], "There is nothing to hold it against."),
        ([BEFORE, BEFORE], "Nothing changed"),
        ([{}, {}], "Nothing of what the rules know."),
    ],
)
def test_where_nothing_can_be_shown_the_page_says_why(
    alice: User,  # noqa: F811
    tools: VersionStream,
    builds: list[dict[str, list[str]] | None],
    words: str,
) -> None:
    for number, found in enumerate(builds):
        release(tools, scanned(found, stream=tools), f"layer {number}".encode())
    assert words in as_(alice).get("/builds/capabilities/tools/").content.decode()


def test_other_rules_are_said(alice: User, tools: VersionStream) -> None:  # noqa: F811
    release(tools, scanned(BEFORE, stream=tools))
    release(tools, scanned(BEFORE, "r2", stream=tools), b"newer")
    assert "looked at with other rules" in as_(alice).get("/builds/capabilities/tools/").content.decode()


def test_what_is_not_there_and_what_is_not_mine_are_one_answer(
    alice: User,  # noqa: F811
    charlie: User,  # noqa: F811
    tools: VersionStream,
) -> None:
    secret = world.image("secret", is_free=False).streams.get()
    release(secret, scanned(BEFORE, stream=secret))
    for client, name in ((as_(alice), "secret"), (as_(alice), "nothing"), (as_(charlie), "tools")):
        assert client.get(f"/builds/capabilities/{name}/").status_code == 404
    assert as_(alice).post("/builds/capabilities/tools/").status_code == 405


def test_a_release_that_the_grant_does_not_show_is_not_compared(
    alice: User,  # noqa: F811
    acme: Tenant,  # noqa: F811
    tools: VersionStream,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hidden = release(tools, scanned(BEFORE, stream=tools))
    release(tools, scanned(AFTER, stream=tools), b"newer")
    found = visibility.View.manifest
    monkeypatch.setattr(
        visibility.View,
        "manifest",
        lambda view, digest: None if digest == hidden.digest else found(view, digest),
    )
    path = f"/builds/capabilities/tools/?b={hidden.unique_tag}"
    assert as_(alice).get(path).status_code == 404


@pytest.fixture
def golden(python: VersionStream, acme: Tenant, alice: User, sent: Any) -> Build:  # noqa: F811
    """A released golden image; its base was looked at as well."""
    base = python.releases.get()
    base.build = scanned(BEFORE, stream=python).pk
    base.save()
    build = order_golden(
        tenant=acme, name="app", base=python, customisation=CUSTOMISATION, actor="alice", user=alice
    )
    manifest = world.pushed(Repository.objects.get(tenant=acme, name="app"), tag="v1")
    build.digest, build.state = manifest.digest, Build.State.SUCCEEDED
    build.result = {"scan": {"rules": "r1", "capabilities": {"amd64": AFTER}}}
    build.save()
    Release.objects.create(
        repository=Repository.objects.get(tenant=acme, name="app"), digest=build.digest, version="1",
        unique_tag="v1-202608221100", published_at=base.published_at, size=1, platforms={}, tested="passed",
        build=build.pk,
    )  # fmt: skip
    return build


def test_a_first_golden_image_is_held_against_its_base(golden: Build, alice: User) -> None:  # noqa: F811
    page = as_(alice).get(f"/builds/{golden.pk}/").content.decode()
    for words in (*SHOWN, "3.13-202608221000", "/builds/capabilities/app/"):
        assert words in page
    assert "one release so far" in as_(alice).get("/builds/capabilities/app/").content.decode()


def test_the_api_says_the_same(golden: Build, bob: User, charlie: User, acme: Tenant, globex: Tenant) -> None:  # noqa: F811
    found = Caller(bob, acme).get(f"builds/{golden.pk}/capabilities/").json()
    assert (found["against"], found["is_known"], found["is_same_rules"]) == ("3.13-202608221000", True, True)
    assert {one["name"]: (one["gained"], one["lost"]) for one in found["capabilities"]} == {
        "connects-to-network": (["curl"], []),
        "listens-on-network": (["curl"], []),
        "loads-code": ([], ["libssl3t64"]),
    }
    assert Caller(charlie, globex).get(f"builds/{golden.pk}/capabilities/").status_code == 404
    Release.objects.filter(build=golden.pk).delete()
    none = Caller(bob, acme).get(f"builds/{golden.pk}/capabilities/").json()
    assert none == {"against": "", "is_known": False, "is_same_rules": False, "capabilities": []}


def test_the_platform_sees_what_holds_a_rebuild_back(petra: User, tools: VersionStream) -> None:  # noqa: F811
    release(tools, scanned(BEFORE, stream=tools))
    held = scanned(AFTER, stream=tools, state=Build.State.FAILED, error_code=HELD)
    page = as_(petra, "localhost").get(f"/admin/builds/{held.pk}/").content.decode()
    for words in (*SHOWN, f"/admin/builds/{held.pk}/accept"):
        assert words in page
    other = scanned(AFTER, stream=tools, state=Build.State.FAILED, error_code="tests-failed")
    assert "/accept" not in as_(petra, "localhost").get(f"/admin/builds/{other.pk}/").content.decode()


def test_nothing_is_claimed_of_what_was_never_looked_at(tools: VersionStream) -> None:
    assert difference(None, scanned(AFTER, stream=tools)) is None
    assert difference(scanned(None, stream=tools), scanned(AFTER, stream=tools)) is None
