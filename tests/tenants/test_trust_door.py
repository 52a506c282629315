"""Trading a workload's token at the registry's own door: RFC 8693, and as a docker password."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tenants.models import TrustPolicy
from tests.registry.wire import Answer, Wire
from tests.servers.issuer import Issuer
from tests.tenants.test_trust import MAIN, ci, policy, served

__all__ = ["ci", "served"]
GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
KIND = "urn:ietf:params:oauth:token-type:jwt"


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path / "storage"
    settings.TOKEN_KEY_PATH = tmp_path / "token.pem"
    settings.PORTAL_HOST = "localhost"


def trade(
    text: str, *, host: str = "acme.localhost", scope: str = "repository:shop/api:pull,push", **more
) -> Answer:
    form = {"grant_type": GRANT, "subject_token": text, "subject_token_type": KIND, "scope": scope, **more}
    return Wire(host)("POST", "/auth/token", urlencode(form).encode())


def test_a_traded_token_pushes_and_pulls_what_the_policy_names(acme, ci: Issuer):
    policy(acme, ci)
    answer = trade(ci.github()).json
    assert answer["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert answer["token_type"] == "Bearer"
    assert answer["scope"] == "repository:shop/api:pull,push"
    assert "refresh_token" not in answer
    wire = Wire("acme.localhost", f"Bearer {answer['access_token']}")
    wire.image("shop/api", "1")
    assert wire("GET", "/v2/shop/api/manifests/1").status == 200
    assert wire("POST", "/v2/other/blobs/uploads/").status == 401


def test_repositories_outside_the_policy_are_left_out_of_the_answer(acme, ci: Issuer):
    policy(acme, ci)
    assert trade(ci.github(), scope="repository:other:pull,push").json["scope"] == ""


def test_as_a_docker_password_it_works_for_request_after_request(acme, ci: Issuer):
    policy(acme, ci)
    text = ci.github()
    for _ in range(2):
        Wire("acme.localhost").bearer(text, "repository:shop/api:pull,push").image("shop/api", "1")


def test_on_the_portal_host_the_scope_names_the_tenant(acme, globex, ci: Issuer):
    policy(acme, ci)
    given = trade(ci.github(), host="localhost", scope="repository:acme/shop/api:pull").json
    assert given["scope"] == "repository:acme/shop/api:pull"
    assert trade(ci.github(jti="2"), host="localhost", scope="repository:globex/shop/api:pull").status == 400
    assert trade(ci.github(jti="3"), host="localhost", scope="").status == 401


def test_a_right_ends_with_its_policy(acme, ci: Issuer):
    row = policy(acme, ci)
    wire = Wire("acme.localhost", f"Bearer {trade(ci.github()).json['access_token']}")
    wire.image("shop/api", "1")
    TrustPolicy.unscoped.filter(pk=row.pk).update(is_enforced=False)
    assert wire("GET", "/v2/shop/api/manifests/1").status == 401


def test_every_refusal_is_the_same_answer(acme, globex, ci: Issuer):
    policy(acme, ci)
    once = ci.github()
    trade(once)
    refused = [
        trade(once),
        trade(ci.github(sub="repo:acme/other")),
        trade(ci.github(), host="globex.localhost"),
        trade("x"),
        trade(ci.github(), subject_token_type="urn:ietf:params:oauth:token-type:saml2"),
    ]
    assert {(each.status, each.content) for each in refused} == {(400, b'{"error":"invalid_grant"}')}
    assert Wire("globex.localhost").as_token(once)("GET", "/auth/token").status == 401


def test_a_push_says_which_workload_made_it(acme, ci: Issuer):
    from registry.models import TagEvent

    policy(acme, ci)
    Wire("acme.localhost", f"Bearer {trade(ci.github()).json['access_token']}").image("shop/api", "1")
    assert TagEvent.objects.get().actor == f"{MAIN} (policy shop)"


def test_a_workloads_token_opens_no_api(acme, ci: Issuer, client):
    policy(acme, ci)
    text = ci.github()
    trade(text)
    answer = client.get(
        "/api/v1/images/", headers={"host": "acme.localhost", "authorization": f"Bearer {text}"}
    )
    assert answer.status_code == 401
