"""Refresh tokens: for one host and one access token, and ended with it."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.utils import timezone

from registry import bearer, refresh
from tenants import tokens
from tenants.models import AccessToken, Membership
from tests.registry.wire import Answer, Wire, basic

HOST = "acme.localhost"
SCOPE = "repository:app:pull"


def post(host: str = HOST, **form: str) -> Answer:
    return Wire(host)("POST", "/auth/token", urlencode({"scope": SCOPE, **form}).encode())


def refreshed(text: str, host: str = HOST) -> Answer:
    return post(host, grant_type="refresh_token", refresh_token=text)


@pytest.fixture
def given(ours, secret) -> str:
    ours.image("app", "1")
    answer = post(grant_type="password", username="x", password=secret, access_type="offline")
    assert answer.status == 200
    return str(answer.json["refresh_token"])


def test_it_is_not_the_secret_and_opens_nothing_by_itself(given, secret):
    assert secret not in given
    assert Wire(HOST, f"Bearer {given}")("GET", "/v2/app/manifests/1").status == 401
    assert Wire(HOST, basic(given))("GET", "/v2/app/manifests/1").status == 401
    head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in given.split(".")[:2])
    assert (head["alg"], head["typ"]) == ("ES256", "assay-refresh+jwt")
    assert AccessToken.unscoped.get(name="ci").sha256 not in str(claims)


def test_it_gives_registry_tokens_again_and_again(given):
    for _ in range(2):
        answer = refreshed(given)
        pull = Wire(HOST, f"Bearer {answer.json['access_token']}")
        assert pull("GET", "/v2/app/manifests/1").status == 200
    assert "refresh_token" not in answer.json


def test_it_is_given_by_get_only_when_asked_for(given, secret):
    ask = Wire(HOST, basic(secret))
    assert "refresh_token" not in ask("GET", f"/auth/token?scope={SCOPE}").json
    found = ask("GET", f"/auth/token?scope={SCOPE}&offline_token=true").json["refresh_token"]
    assert refreshed(found).status == 200
    assert "refresh_token" not in Wire(HOST)("GET", "/auth/token?offline_token=true").json


@pytest.mark.parametrize("host", ["localhost:8000", "globex.localhost"])
def test_it_is_for_the_host_that_gave_it(given, globex, host):
    assert refreshed(given, host).status == 401


def test_a_registry_token_is_no_refresh_token(given, secret):
    pull = post(grant_type="password", username="x", password=secret).json["access_token"]
    assert refreshed(pull).status == 401


def test_an_access_token_may_stand_in_for_one(given, secret):
    assert refreshed(secret).status == 200


@pytest.mark.parametrize("ended", ["revoked", "expired", "renewed", "no member", "forged"])
def test_it_ends_with_its_access_token(given, acme, alice, ended):
    token = AccessToken.unscoped.filter(name="ci", tenant=acme)
    if ended == "revoked":
        tokens.revoke(token=token.get(), actor=alice)
    elif ended == "expired":
        with time_machine.travel(timezone.now() + timedelta(days=31)):
            assert refreshed(given).status == 401
        return
    elif ended == "renewed":
        token.update(sha256="0" * 64)
    elif ended == "no member":
        Membership.objects.filter(user=alice).delete()
    else:
        head, body, signature = given.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "==")) | {"sub": "token:1000"}
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        given = f"{head}.{body}.{signature}"
    assert refreshed(given).status == 401


def test_claims_that_are_not_a_refresh_tokens_are_refused(given):
    for claims in ({"sub": "anonymous"}, {"sub": "token:x"}, {"sub": None, "of": None}, {}):
        whole = {"iss": bearer.realm(HOST), "aud": HOST, "iat": 1, "exp": 2**40, **claims}
        assert refreshed(bearer.sign(whole, "assay-refresh+jwt")).status == 401


def test_the_type_alone_tells_one_kind_of_token_from_the_other(given):
    """Signed by us, right in every claim, and of the other type."""
    claims = json.loads(base64.urlsafe_b64decode(given.split(".")[1] + "=="))
    assert refreshed(bearer.sign(claims, refresh.TYPE)).status == 200
    assert refreshed(bearer.sign(claims, bearer.TYPE)).status == 401
    access = [{"type": "repository", "name": "app", "actions": ["pull"]}]
    for kind, status in ((bearer.TYPE, 200), (refresh.TYPE, 401)):
        wire = Wire(HOST, f"Bearer {bearer.sign({**claims, 'access': access}, kind)}")
        assert wire("GET", "/v2/app/manifests/1").status == status
