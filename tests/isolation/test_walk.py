"""Every address, everyone who must not see it, a foreign tenant: nothing, and always the same nothing."""

from __future__ import annotations

import pytest

from tenants import tokens
from tenants.models import Membership, Tenant, User
from tenants.roles import Role
from tests.isolation.routes import PLATFORM, TENANT, Route, routes
from tests.isolation.rules import Open
from tests.isolation.visit import NOTHING, Visitor, note, shows_canary, told
from tests.isolation.world import World
from tests.people import person

ADDRESSES = [("acme.localhost", ""), ("localhost", "/acme")]
METHODS = ("GET", "POST")


def closed_routes() -> list[Route]:
    return [each for each in routes(TENANT) if isinstance(each.rule, frozenset)]


def test_every_route_has_a_rule():
    missing = [each.label for urlconf in (TENANT, PLATFORM) for each in routes(urlconf) if each.rule is None]
    assert missing == [], "write down in tests/isolation/rules.py who may use these"


def test_every_route_can_be_asked_for(world: World):
    for urlconf in (TENANT, PLATFORM):
        for route in routes(urlconf):
            if route.rule is not Open.DOOR:
                assert route.path(world.present).startswith("/")


def outsiders(globex: Tenant, charlie: User, petra: User) -> dict[str, User]:
    """People who are signed in and have no role in acme."""
    gone = person("gone")
    found = {"platform admin": petra, "stranger": gone}
    for role in Role:
        found[f"{role} of globex"] = (
            charlie if role == Role.OWNER else person(f"foreign-{role}", globex, role)
        )
    return found


@pytest.mark.parametrize(("host", "prefix"), ADDRESSES)
def test_an_outsider_finds_nothing_at_all(world: World, globex, charlie, petra, host: str, prefix: str):
    leaks: list[str] = []
    for who, user in outsiders(globex, charlie, petra).items():
        visitor = Visitor(user, host, prefix)
        for route in closed_routes():
            here, nowhere = route.path(world.present), route.path(world.absent)
            for method in METHODS:
                answer = visitor.ask(method, here)
                where = f"{who}: {method} {prefix}{here}"
                note(leaks, answer.status_code not in NOTHING, f"{where} is answered {answer.status_code}")
                note(leaks, shows_canary(answer, here), f"{where} shows what acme has")
                if here != nowhere and user == charlie:  # one of them suffices: pages differ by name alone
                    same = told(visitor.ask(method, nowhere), nowhere)
                    note(leaks, told(answer, here) != same, f"{where} differs from what is not there")
    assert leaks == []


@pytest.mark.parametrize(("host", "prefix"), ADDRESSES)
def test_an_anonymous_visitor_is_asked_to_sign_in_whatever_exists(world: World, host: str, prefix: str):
    leaks: list[str] = []
    visitor = Visitor(None, host, prefix)
    for route in closed_routes():
        for fill in (world.present, world.absent):
            path = route.path(fill)
            for method in METHODS:
                answer = visitor.ask(method, path)
                where = f"anonymous: {method} {prefix}{path}"
                expected = {401, 405} if route.is_api else {302, 405}
                note(leaks, answer.status_code not in expected, f"{where} is answered {answer.status_code}")
                note(leaks, shows_canary(answer, path), f"{where} shows what acme has")
                if answer.status_code == 302:
                    signs_in = answer["Location"].startswith(f"{prefix}/accounts/login/")
                    note(leaks, not signs_in, f"{where} leads to {answer['Location']}")
    assert leaks == []


@pytest.mark.parametrize(("host", "prefix"), [("globex.localhost", ""), ("localhost", "/globex")])
def test_a_foreign_id_at_ones_own_address_names_nothing(world: World, charlie, host: str, prefix: str):
    leaks: list[str] = []
    visitor = Visitor(charlie, host, prefix)
    for route in closed_routes():
        here, nowhere = route.path(world.present), route.path(world.absent)
        for method in METHODS if here != nowhere else ("GET",):
            answer = visitor.ask(method, here)
            where = f"owner of globex: {method} {prefix}{here}"
            note(leaks, shows_canary(answer, here, *here.split("/")), f"{where} shows what acme has")
            if here != nowhere:
                note(leaks, answer.status_code not in NOTHING, f"{where} is answered {answer.status_code}")
                same = told(visitor.ask(method, nowhere), nowhere)
                note(leaks, told(answer, here) != same, f"{where} differs from what is not there")
    assert leaks == []


@pytest.mark.parametrize("role", list(Role))
def test_a_role_sees_what_it_should_and_nothing_else(world: World, acme: Tenant, bob: User, role: Role):
    leaks: list[str] = []
    Membership.objects.filter(user=bob, tenant=acme).update(role=role)
    visitor = Visitor(bob, "acme.localhost")
    for route in closed_routes():
        here, nowhere = route.path(world.present), route.path(world.absent)
        # What a role may write is not written here: the world must stay as it is for the next address.
        for method in ("GET",) if role in route.rule else METHODS:
            answer = visitor.ask(method, here)
            where = f"{role} of acme: {method} {here}"
            if role in route.rule:
                refused = answer.status_code in {401, 403} or (answer.status_code == 404 and here == nowhere)
                note(leaks, refused or answer.status_code >= 500, f"{where} is answered {answer.status_code}")
            elif not (route.name == "api-builds" and method == "GET"):
                note(leaks, answer.status_code not in NOTHING, f"{where} is answered {answer.status_code}")
                note(leaks, shows_canary(answer, here), f"{where} shows what the role may not see")
    assert leaks == []


def test_a_foreign_access_token_opens_no_api_route(world: World, globex: Tenant, charlie: User):
    leaks: list[str] = []
    actions = ["pull", "push", "build"]
    foreign = tokens.issue(user=charlie, tenant=globex, name="ci", actions=actions)[1]
    tokens.revoke(token=world.token, actor="tests")
    for what, secret, expected in (("foreign", foreign, NOTHING), ("revoked", world.secret, {401, 405})):
        for host, prefix in ADDRESSES:
            visitor = Visitor(None, host, prefix, bearer=secret)
            for route in (each for each in closed_routes() if each.is_api):
                here = route.path(world.present)
                for method in METHODS:
                    answer = visitor.ask(method, here)
                    where = f"{what} token: {method} {prefix}{here}"
                    note(
                        leaks, answer.status_code not in expected, f"{where} is answered {answer.status_code}"
                    )
                    note(leaks, shows_canary(answer, here), f"{where} shows what acme has")
    assert leaks == []


@pytest.mark.parametrize(("host", "prefix"), [*ADDRESSES, ("localhost", "")])
def test_what_is_open_to_everyone_tells_nothing_of_a_tenant(world: World, charlie, host: str, prefix: str):
    leaks: list[str] = []
    urlconf = TENANT if prefix or host != "localhost" else PLATFORM
    for route in routes(urlconf):
        if route.rule not in {Open.PUBLIC, Open.OWN}:
            continue
        here = route.path(world.present)
        for who, user in (("anonymous", None), ("owner of globex", charlie)):
            for method in METHODS:
                answer = Visitor(user, host, prefix).ask(method, here)
                where = f"{who}: {method} {prefix}{here}"
                note(leaks, answer.status_code >= 500, f"{where} is answered {answer.status_code}")
                note(leaks, shows_canary(answer, here), f"{where} shows what acme has")
    assert leaks == []


def test_platform_pages_are_for_platform_admins_alone(world: World, alice: User, charlie: User, petra: User):
    leaks: list[str] = []
    for route in (each for each in routes(PLATFORM) if each.rule is Open.PLATFORM):
        here = route.path(world.present)
        for who, user in (("anonymous", None), ("owner of acme", alice), ("owner of globex", charlie)):
            for method in METHODS:
                answer = Visitor(user, "localhost").ask(method, here)
                where = f"{who}: {method} {here}"
                asked = {401, 405} if route.is_api else {302, 405}
                expected = asked if user is None else NOTHING
                note(leaks, answer.status_code not in expected, f"{where} is answered {answer.status_code}")
                note(leaks, shows_canary(answer, here), f"{where} shows what acme has")
        answer = Visitor(petra, "localhost").ask("GET", here)
        # A tenant's build is not the platform's, and what is only posted to leads back to its page.
        wrong = answer.status_code not in ({200, 302, 404, 405} if route.arguments else {200})
        note(leaks, wrong, f"platform admin: {here} is answered {answer.status_code}")
        for host, prefix in ADDRESSES:
            answer = Visitor(petra, host, prefix).ask("GET", here)
            note(leaks, answer.status_code != 404, f"platform page at a tenant: {prefix}{here}")
    assert leaks == []


def test_the_worker_api_knows_only_the_key_of_the_build(world: World, petra: User, charlie: User):
    leaks: list[str] = []
    for route in (each for each in routes(PLATFORM) if each.rule is Open.WORKER):
        here, nowhere = route.path(world.present), route.path(world.absent)
        for visitor in (
            Visitor(None, "localhost"),
            Visitor(petra, "localhost"),
            Visitor(charlie, "localhost"),
            Visitor(None, "localhost", bearer=world.secret),
            Visitor(None, "localhost", bearer="k" * 43),
        ):
            answer, same = visitor.ask("POST", here), visitor.ask("POST", nowhere)
            where = f"{visitor.user or visitor.bearer[:6] or 'anonymous'}: POST {here}"
            note(leaks, answer.status_code not in {401, 404}, f"{where} is answered {answer.status_code}")
            note(leaks, told(answer) != told(same), f"{where} differs from what is not there")
    assert leaks == []
