"""Registry tokens and credentials: forged, stale, misdirected, malformed, ended."""

from __future__ import annotations

import base64
import hmac
import json
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
import time_machine
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey

from registry import bearer
from registry.scopes import Scope
from tenants import tokens
from tenants.models import AccessToken, Membership
from tests.registry.wire import Wire, basic

HOST = "acme.localhost"
ACCESS = [{"type": "repository", "name": "app", "actions": ["pull", "push"]}]


@pytest.fixture
def pushed(ours):
    ours.image("app", "1")
    return ours


@pytest.fixture
def key(pushed, settings):
    """Our own key, as an attacker would love to have it."""
    bearer.issue(subject="anonymous", host=HOST, access=[])
    return ECKey.import_key(Path(settings.TOKEN_KEY_PATH).read_text())


def claims(**changed):
    now = int(time.time())
    subject = f"token:{AccessToken.unscoped.get(name='ci', tenant__slug='acme').pk}"
    return {
        "iss": f"http://{HOST}/auth/token", "aud": HOST, "sub": subject, "iat": now, "nbf": now,
        "exp": now + 60, "jti": "x", "access": ACCESS, **changed,
    }  # fmt: skip


def status(token: str, host: str = HOST) -> int:
    return Wire(host, f"Bearer {token}")("GET", "/v2/app/manifests/1").status


def signed(key, **changed) -> str:
    header = {"alg": "ES256", "typ": "JWT", "kid": key.thumbprint()}
    return jwt.encode(header, claims(**changed), key, algorithms=["ES256"])


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_our_own_token_is_taken(key):
    assert status(signed(key)) == 200


def test_a_token_without_a_signature_is_not(key):
    body = part(claims())
    for algorithm in ("none", "None", "NONE", ""):
        head = part({"alg": algorithm, "typ": "JWT", "kid": key.thumbprint()})
        assert status(f"{head}.{body}.") == 401


def test_a_token_signed_with_the_public_key_as_a_secret_is_not(key):
    signed_part = f"{part({'alg': 'HS256', 'kid': key.thumbprint()})}.{part(claims())}"
    for secret in (key.as_pem(private=False), key.as_pem(private=False).strip()):
        mac = hmac.new(secret, signed_part.encode(), "sha256").digest()
        assert status(f"{signed_part}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}") == 401


@pytest.mark.parametrize("kid", ["unknown", "../../etc/passwd", "/dev/null", "' OR 1=1", None])
def test_a_key_id_that_is_not_ours_is_not(key, kid):
    header = {"alg": "ES256"} | ({"kid": kid} if kid else {})
    assert status(jwt.encode(header, claims(), key, algorithms=["ES256"])) == 401


@pytest.mark.parametrize("where", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_that_the_token_brings_itself_is_ignored(key, where):
    own = ECKey.generate_key("P-256")
    address = "http://attacker.example/keys"
    brought = {"jwk": own.as_dict(private=False), "x5c": ["AAAA"]}.get(where, address)
    header = {"alg": "ES256", "kid": key.thumbprint(), where: brought}
    forged = jwt.encode(header, claims(), own, algorithms=["ES256"])
    assert status(forged) == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": 1},
        {"exp": "soon"},
        {"exp": None},
        {"nbf": 2**40},
        {"iss": "http://evil.example/auth/token"},
        {"iss": None},
        {"aud": "globex.localhost"},
        {"aud": ["acme.localhost"]},
        {"aud": None},
        {"sub": "token:999999"},
        {"sub": "staging:nonsense"},
        {"sub": "token:x"},
        {"sub": "root"},
        {"sub": None},
        {"access": None},
        {"access": "all"},
        {"access": [{"type": "repository"}]},
    ],
    ids=str,
)
def test_claims_that_are_not_ours_are_refused_even_when_signed(key, changed):
    assert status(signed(key, **changed)) == 401


def test_ten_thousand_scopes_are_refused_or_harmless(key):
    many = [{"type": "repository", "name": f"r{n}", "actions": ["pull"]} for n in range(10_000)]
    assert status(signed(key, access=many)) == 401
    asked = " ".join(f"repository:r{n}:pull" for n in range(500))
    given = Wire(HOST, basic("x"))("GET", "/auth/token?" + urlencode({"scope": asked}))
    assert given.status == 401


def test_an_expired_registry_token_is_refused(pushed, secret):
    pull = Wire(HOST).bearer(secret, "repository:app:pull")
    assert pull("GET", "/v2/app/manifests/1").status == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=bearer.PULL_SECONDS + 1)):
        assert pull("GET", "/v2/app/manifests/1").status == 401


@pytest.mark.parametrize("ended", ["revoked", "expired", "no member", "tenant closed"])
def test_what_ends_the_access_token_ends_its_registry_tokens(pushed, secret, acme, alice, ended):
    pull = Wire(HOST).bearer(secret, "repository:app:pull")
    token = AccessToken.unscoped.get(name="ci", tenant=acme)
    if ended == "revoked":
        tokens.revoke(token=token, actor=alice)
    elif ended == "expired":
        AccessToken.unscoped.filter(pk=token.pk).update(expires_at=timezone.now())
    elif ended == "no member":
        Membership.objects.filter(user=alice, tenant=acme).delete()
    else:
        acme.is_active = False
        acme.save()
    expected = 421 if ended == "tenant closed" else 401
    assert pull("GET", "/v2/app/manifests/1").status == expected
    assert Wire(HOST, basic(secret))("GET", "/auth/token").status == expected


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b":").decode(),
        "Basic " + base64.b64encode(b"user:\x00").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic " + base64.b64encode(b"user:" + b"x" * 1_000_000).decode(),
        "Bearer",
        "Bearer " + "a" * 100_000,
        "Bearer a.b.c",
        "Bearer ...",
        "Digest username=x",
        "é",
    ],
    ids=lambda header: header[:20],
)
def test_malformed_credentials_are_refused_everywhere(pushed, header):
    for path in ("/v2/", "/v2/app/manifests/1", "/auth/token"):
        answer = Wire(HOST, header)("GET", path)
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED"), path


@pytest.mark.parametrize(
    "scope",
    [
        "repository:app",
        "repository::pull",
        ":::",
        "repository:app:",
        "repository:app:*,fly",
        "repository:../app:pull",
        "repository:app:pull:push",
        "repository:APP:pull",
        "repository:" + "a" * 400 + ":pull",
        "registry:catalog:*",
        "plugin:app:pull",
        "\x00",
        "",
    ],
)
def test_any_scope_is_answered_and_gives_no_more_than_is_due(pushed, secret, scope):
    answer = Wire(HOST, basic(secret))("GET", f"/auth/token?scope={quote(scope)}")
    assert answer.status == 200
    names = [one.split(":")[1] for one in answer.json["scope"].split()]
    assert set(names) <= {"app", "catalog"}


def test_scopes_are_united_and_cut_to_what_is_allowed(acme, alice):
    _, secret = tokens.issue(user=alice, tenant=acme, name="r", actions=["pull"], repositories="app*")
    query = "scope=repository:app:pull,push&scope=repository:app:pull%20repository:other:pull"
    given = Wire(HOST, basic(secret))("GET", f"/auth/token?{query}").json
    assert given["scope"].split() == ["repository:app:pull"]
    assert given["token"] == given["access_token"]
    assert given["expires_in"] == bearer.PULL_SECONDS


def test_oauth_by_post_gives_and_refreshes(pushed, secret):
    form = {"grant_type": "password", "username": "x", "password": secret, "scope": "repository:app:pull"}
    ask = Wire(HOST)
    first = ask("POST", "/auth/token", urlencode({**form, "access_type": "offline"}).encode()).json
    assert status(first["access_token"]) == 200
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "scope": form["scope"]}
    second = ask("POST", "/auth/token", urlencode(again).encode())
    assert status(second.json["access_token"]) == 200
    other = Wire("globex.localhost")
    assert other("POST", "/auth/token", urlencode(again).encode()).status == 421
    for wrong in (
        {"grant_type": "client_credentials"},
        {**form, "password": "no"},
        {},
        {"grant_type": "password"},
    ):
        assert ask("POST", "/auth/token", urlencode(wrong).encode()).status == 401


def test_a_refresh_token_of_one_tenant_is_refused_at_another(pushed, secret, globex):
    again = urlencode({"grant_type": "refresh_token", "refresh_token": secret}).encode()
    assert Wire("globex.localhost")("POST", "/auth/token", again).status == 401
    assert Wire(HOST)("POST", "/auth/token", again).status == 200


def test_anonymous_gets_a_token_that_opens_only_what_is_public(pushed):
    pushed.image("open", "1")
    from registry.models import Repository

    Repository.objects.filter(name="open").update(is_public=True)
    query = "scope=repository:open:pull,push&scope=repository:app:pull"
    given = Wire(HOST)("GET", f"/auth/token?{query}").json
    assert given["scope"].split() == ["repository:open:pull"]
    anyone = Wire(HOST, f"Bearer {given['token']}")
    assert anyone("GET", "/v2/open/manifests/1").status == 200
    assert anyone("GET", "/v2/app/manifests/1").status == 401
    assert anyone("POST", "/v2/open/blobs/uploads/").status == 401
    assert Wire(HOST)("GET", "/v2/open/manifests/1").status == 200


def test_a_claim_gives_nothing_that_rights_do_not(pushed):
    """A signed scope is a limit, never a right."""
    from tests.people import person

    stranger = person("dora")
    text, _, _ = bearer.issue(
        subject="anonymous", host=HOST, access=[Scope("repository", "app", frozenset({"pull", "push"}))]
    )
    assert stranger.pk
    assert status(text) == 401
