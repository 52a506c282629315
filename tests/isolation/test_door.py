"""Every route of the registry by everyone without rights to acme: the same as for what is not there."""

from __future__ import annotations

import pytest

from registry.door import dispatch
from tenants import tokens
from tenants.models import Tenant, User
from tests.isolation.visit import COUNTS, note
from tests.isolation.world import ABSENT_DIGEST, CANARY, World, door_paths
from tests.registry.wire import Answer, Wire, sha256


def ask(wire: Wire, method: str, path: str) -> Answer:
    COUNTS["requests"] += 1
    return wire(method, path, b"{}" if method in {"PUT", "PATCH", "POST"} else b"")


def pairs(world: World, prefix: str, name: str) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """(a request that names what acme has, the same that names nothing)."""
    session = world.upload.rpartition("/")[2].partition("?")[0]
    here = door_paths(name=f"{prefix}{name}", digest=sha256(world.layer), reference="v1", upload=session)
    nowhere = door_paths(
        name=f"{prefix}absent-thing", digest=ABSENT_DIGEST, reference="v0", upload="x" * len(session)
    )
    return list(zip(here, nowhere, strict=True))


def test_every_route_of_the_door_is_walked(world: World):
    walked = {
        path.partition("?")[0].removeprefix("/v2/") for _, path in (here for here, _ in pairs(world, "", "a"))
    }
    for route in dispatch._ROUTES:
        found = [each for each in walked if route.pattern.fullmatch(each)]
        assert found, f"add {route.pattern.pattern} to door_paths"


@pytest.mark.parametrize(("host", "prefix"), [("acme.localhost", ""), ("localhost", "acme/")])
@pytest.mark.parametrize("name", [f"{CANARY}-app", f"{CANARY}-image", f"charts/{CANARY}-chart"])
def test_without_rights_nothing_of_acme_can_be_told_from_nothing(
    world: World, globex: Tenant, charlie: User, host: str, prefix: str, name: str
):
    leaks: list[str] = []
    secret = tokens.issue(user=charlie, tenant=globex, name="ci", actions=["pull", "push", "build"])[1]
    for who, wire in (("anonymous", Wire(host)), ("globex", Wire(host).as_token(secret))):
        for (method, here), (_, nowhere) in pairs(world, prefix, name):
            answer, same = ask(wire, method, here), ask(wire, method, nowhere)
            where = f"{who}: {method} {host}{here}"
            note(leaks, answer.status not in {401, 404}, f"{where} is answered {answer.status}")
            note(leaks, (answer.status, answer.content) != (same.status, same.content), f"{where} differs")
            note(leaks, CANARY.encode() in answer.content, f"{where} shows what acme has")
    assert leaks == []


@pytest.mark.parametrize(("host", "prefix"), [("globex.localhost", ""), ("localhost", "globex/")])
def test_acmes_digests_and_sessions_name_nothing_in_globex(
    world: World, globex: Tenant, charlie: User, host: str, prefix: str
):
    leaks: list[str] = []
    secret = tokens.issue(user=charlie, tenant=globex, name="ci", actions=["pull", "push"])[1]
    wire = Wire(host).as_token(secret)
    wire.image(f"{prefix}own", "v1", b"globex's layer")
    session = world.upload.rpartition("/")[2].partition("?")[0]
    own = door_paths(name=f"{prefix}own", digest=sha256(world.layer), reference="v9", upload=session)
    for method, path in own:
        if method == "POST" or path.endswith("/tags/list") or "/referrers/" in path or "manifests/v9" in path:
            continue  # globex's own to write and to list
        answer = ask(wire, method, path)
        note(leaks, answer.status != 404, f"globex: {method} {path} is answered {answer.status}")
    mount = ask(
        wire, "POST", f"/v2/{prefix}own/blobs/uploads/?mount={sha256(world.layer)}&from=acme/{CANARY}-app"
    )
    note(leaks, mount.status == 201, "globex mounted a blob of acme")
    catalog = Wire(host).bearer(secret, "registry:catalog:*")("GET", "/v2/_catalog")
    note(leaks, CANARY.encode() in catalog.content, "the catalogue of globex lists what acme has")
    assert leaks == []
