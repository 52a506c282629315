"""Trust policies: which workloads' tokens are traded, against a real issuer, and which are refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import timezone
from joserfc.jwk import OctKey

from tenants import tokens
from tenants.models import AccessToken, AuditEntry, Tenant, TrustPolicy
from tenants.scope import acting_for
from tenants.trust.errors import NotTrusted
from tenants.trust.exchange import as_password, exchange, forget, simulate
from tests.servers.issuer import AUDIENCE, Issuer, another_key, issuer

MAIN = "repo:acme/shop:ref:refs/heads/main"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    with issuer(tmp_path_factory.mktemp("issuer")) as found:
        yield found


@pytest.fixture
def ci(served: Issuer, settings) -> Iterator[Issuer]:
    settings.ISSUER_CA_FILE = str(served.authority)
    kept = (served.keys, dict(served.about), served.status)
    served.asked.clear()
    cache.clear()
    yield served
    served.keys, served.about, served.status = kept


def policy(tenant: Tenant, ci: Issuer, **changes) -> TrustPolicy:
    values = {
        "tenant": tenant,
        "name": "shop",
        "issuer": ci.address,
        "subject": MAIN,
        "audience": AUDIENCE,
        "actions": ["pull", "push"],
        "repositories": "shop/*",
        "is_enforced": True,
    }
    made = TrustPolicy(**{**values, **changes})
    with acting_for(tenant):
        made.full_clean()
    made.save()
    return made


def refusal_of(tenant: Tenant, text: str) -> str:
    with pytest.raises(NotTrusted) as refusal:
        exchange(tenant=tenant, text=text)
    assert not AccessToken.unscoped.exists()
    return refusal.value.code


def test_a_workload_gets_what_the_policy_says_and_no_more(acme: Tenant, ci: Issuer):
    policy(acme, ci)
    token = exchange(tenant=acme, text=ci.github(), address="192.0.2.1")
    assert token.may("push", "shop/api")
    assert not token.may("push", "other/api")
    assert not token.may("build", "shop/api")
    assert token.user is None
    assert (
        timedelta(minutes=4) < token.expires_at - timezone.now() <= timedelta(minutes=5)
    )  # the token's own end
    entry = AuditEntry.objects.get(verb="trust.exchanged")
    assert (entry.tenant, entry.object, entry.address) == (acme, MAIN, "192.0.2.1")


@pytest.mark.parametrize(
    ("mint", "change"),
    [
        ("github", {"claims": {"repository_owner_id": "4711", "runner_environment": "github-hosted"}}),
        ("github", {"subject": "", "subject_pattern": "repo:acme/[a-z-]+:ref:refs/heads/main"}),
        (
            "gitlab",
            {
                "subject": "project_path:acme/shop:ref_type:branch:ref:main",
                "claims": {"ref_protected": "true"},
            },
        ),
        ("kubernetes", {"subject": "system:serviceaccount:shop:deployer"}),
    ],
)
def test_tokens_of_the_usual_systems_are_traded(acme: Tenant, ci: Issuer, mint: str, change: dict):
    policy(acme, ci, **change)
    assert exchange(tenant=acme, text=getattr(ci, mint)())


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"sub": "repo:acme/shop:ref:refs/heads/evil"}, "subject"),
        ({"sub": MAIN + "x"}, "subject"),
        ({"sub": MAIN + "\n"}, "subject"),
        ({"aud": "https://globex.localhost"}, "audience"),
        ({"aud": None}, "audience"),
        ({"aud": [["https://acme.localhost"]]}, "audience"),
        ({"repository_owner_id": "4712"}, "claim"),
        ({"repository_owner_id": 4711}, "claim"),
        ({"repository_owner_id": None}, "claim"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "claims"),
        ({"exp": True}, "claims"),
        ({"iat": None}, "claims"),
        ({"sub": None}, "claims"),
        ({"nbf": 2**40}, "not_yet"),
        ({"exp": 2**40}, "lives_too_long"),
        ({"iss": "https://other.example"}, "no_policy"),
    ],
)
def test_what_does_not_fit_is_refused(acme: Tenant, ci: Issuer, claims: dict, code: str):
    policy(acme, ci, claims={"repository_owner_id": "4711"})
    assert refusal_of(acme, ci.github(**claims)) == code


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "ey.ey.ey", "ey" + "x" * 20_000, "eyJ9.e30.", "eyJhIjo.é.x"]
)
def test_what_is_no_token_is_refused(acme: Tenant, ci: Issuer, text: str):
    policy(acme, ci)
    assert refusal_of(acme, text) in {"not_a_token", "algorithm"}
    assert ci.asked == []


def test_a_token_signed_by_a_stranger_is_refused(acme: Tenant, ci: Issuer):
    policy(acme, ci)
    forged = another_key()
    assert refusal_of(acme, ci.github(key=forged, header={"alg": "ES256", "kid": "two"})) == "signature"
    assert refusal_of(acme, ci.github(key=forged, header={"alg": "ES256", "kid": "one"})) == "signature"
    offered = {"alg": "ES256", "kid": "two", "jwk": forged.as_dict(private=False)}
    assert refusal_of(acme, ci.github(key=forged, header=offered)) == "signature"


def test_a_public_key_is_no_shared_secret(acme: Tenant, ci: Issuer):
    policy(acme, ci)
    secret = OctKey.generate_key(256)
    assert refusal_of(acme, ci.github(key=secret, header={"alg": "HS256"})) == "algorithm"
    ci.keys = [*ci.keys, OctKey.generate_key(256, {"kid": "shared"}).as_dict()]
    assert exchange(tenant=acme, text=ci.github())


def test_a_changed_payload_breaks_the_signature(acme: Tenant, ci: Issuer):
    policy(acme, ci)
    first, second = ci.github().split("."), ci.github(sub="repo:evil/x:ref:refs/heads/main").split(".")
    assert refusal_of(acme, ".".join([second[0], first[1], second[2]])) == "signature"


def test_a_token_is_traded_once(acme: Tenant, ci: Issuer):
    policy(acme, ci)
    text = ci.github()
    exchange(tenant=acme, text=text)
    with pytest.raises(NotTrusted) as refusal:
        exchange(tenant=acme, text=text)
    assert refusal.value.code == "replayed"
    assert AccessToken.unscoped.count() == 1


def test_as_a_password_it_is_good_until_its_right_ends(acme: Tenant, ci: Issuer):
    row = policy(acme, ci)
    text = ci.github()
    assert as_password(tenant=acme, text=text).pk == as_password(tenant=acme, text=text).pk
    AccessToken.unscoped.update(expires_at=timezone.now())
    with pytest.raises(NotTrusted):
        as_password(tenant=acme, text=text)
    other = ci.github(jti="another")
    as_password(tenant=acme, text=other)
    TrustPolicy.unscoped.filter(pk=row.pk).update(is_active=False)
    with pytest.raises(NotTrusted):
        as_password(tenant=acme, text=other)


def test_a_policy_that_is_not_enforced_lets_nobody_in_and_says_what_it_would_do(acme: Tenant, ci: Issuer):
    policy(acme, ci, is_enforced=False)
    assert refusal_of(acme, ci.github()) == "audit_only"
    entry = AuditEntry.objects.get(verb="trust.refused")
    assert (entry.data["code"], entry.object) == ("audit_only", MAIN)


def test_another_tenants_policy_trusts_nothing_here(acme: Tenant, globex: Tenant, ci: Issuer):
    policy(globex, ci)
    assert refusal_of(acme, ci.github()) == "no_policy"


def test_an_issuer_without_a_policy_is_never_asked(acme: Tenant, ci: Issuer):
    refusal_of(acme, ci.github())
    assert ci.asked == []


def test_only_what_an_issuer_signed_gets_into_the_trail(acme: Tenant, ci: Issuer):
    policy(acme, ci)
    before = AuditEntry.objects.count()
    refusal_of(acme, ci.github(key=another_key(), header={"alg": "ES256", "kid": "one"}))
    refusal_of(acme, "ey.ey.ey")
    assert AuditEntry.objects.count() == before
    refusal_of(acme, ci.github(sub="repo:acme/other"))
    assert AuditEntry.objects.count() == before + 1


def test_keys_are_kept_and_asked_for_anew_when_one_is_unknown_but_not_often(acme: Tenant, ci: Issuer):
    policy(acme, ci)
    for number in range(3):
        exchange(tenant=acme, text=ci.github(jti=str(number)))
    assert len(ci.asked) == 2
    cache.delete_many([key for key in _cache_keys() if key.endswith(":asked")])
    new = another_key()
    ci.keys = [*ci.keys, new.as_dict(private=False)]
    assert exchange(tenant=acme, text=ci.github(key=new, header={"alg": "ES256", "kid": "two"}))
    assert len(ci.asked) == 4
    for number in range(5):
        with pytest.raises(NotTrusted):
            exchange(
                tenant=acme,
                text=ci.github(header={"kid": f"made-up-{number}"}, jti=f"x{number}", exp=time.time() - 1),
            )
        with pytest.raises(NotTrusted):
            exchange(
                tenant=acme,
                text=ci.github(key=another_key(), header={"alg": "ES256", "kid": f"made-up-{number}"}),
            )
    assert len(ci.asked) == 4


def _cache_keys() -> list[str]:
    return [key.partition(":1:")[2] for key in cache._cache]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"about": {"issuer": "https://other.example", "jwks_uri": "x"}}, "issuer_differs"),
        ({"about": {}}, "issuer_differs"),
        ({"keys": "none"}, "issuer_keys"),
        ({"keys": [{"kty": "RSA"}]}, "issuer_keys"),
        ({"keys": [{}] * 101}, "issuer_keys"),
        ({"status": 500}, "issuer_answer"),
        ({"status": 302}, "issuer_answer"),
    ],
)
def test_an_issuer_that_misbehaves_is_not_trusted(acme: Tenant, ci: Issuer, change: dict, code: str):
    policy(acme, ci)
    for name, value in change.items():
        setattr(ci, name, value)
    assert refusal_of(acme, ci.github()) == code


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/keys", "https://169.254.169.254/keys", "file:///etc/passwd", ""]
)
def test_keys_are_fetched_from_guarded_https_addresses_alone(acme: Tenant, ci: Issuer, address: str):
    policy(acme, ci)
    ci.about = {**ci.about, "jwks_uri": address}
    assert refusal_of(acme, ci.github()) == "issuer_address"


def test_an_internal_issuer_is_refused_unless_the_operator_allows_it(acme: Tenant, ci: Issuer, settings):
    policy(acme, ci)
    settings.DIRECTORY_ALLOWED_NETWORKS = []
    assert refusal_of(acme, ci.github()) == "issuer_address"
    assert ci.asked == []


def test_an_issuer_with_an_unknown_authority_is_refused(acme: Tenant, ci: Issuer, settings):
    policy(acme, ci)
    settings.ISSUER_CA_FILE = ""
    assert refusal_of(acme, ci.github()) == "issuer_unreachable"


def test_the_simulator_says_of_each_policy_why_and_trades_nothing(acme: Tenant, ci: Issuer):
    policy(acme, ci, name="a", subject="repo:acme/other")
    policy(acme, ci, name="b", is_enforced=False)
    verdicts = {each.policy.name: each.code for each in simulate(tenant=acme, text=ci.github())}
    assert verdicts == {"a": "subject", "b": ""}
    assert not AccessToken.unscoped.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": ""},
        {"issuer_pattern": "https://x"},
        {"issuer": "http://issuer.example"},
        {"issuer": "", "issuer_pattern": ".*"},
        {"subject": ""},
        {"subject_pattern": "x"},
        {"audience": ""},
        {"actions": []},
        {"actions": ["build"]},
        {"actions": ["delete"]},
        {"actions": ["manage"]},
        {"claims": ["x"]},
        {"minutes": 0},
        {"minutes": 61},
        {"name": ""},
    ],
)
def test_an_ambiguous_policy_is_not_saved(acme: Tenant, ci: Issuer, change: dict):
    with pytest.raises(ValidationError):
        policy(acme, ci, **change)


@pytest.mark.parametrize(
    "pattern",
    ["(", "(a+)+", "(a*)*b", "(?:a|b*)+", r"(a)\1", "(?=a)", "(?i)a", "a*b*c*d*", "x" * 201, "(?i:a)"],
)
def test_a_pattern_that_could_run_for_ever_is_not_saved(acme: Tenant, ci: Issuer, pattern: str):
    with pytest.raises(ValidationError):
        policy(acme, ci, subject="", subject_pattern=pattern)


def test_a_pattern_matches_the_whole_value(acme: Tenant, ci: Issuer):
    policy(acme, ci, subject="", subject_pattern="repo:acme/shop|repo:acme/till")
    assert refusal_of(acme, ci.github(sub="repo:acme/shop:pull_request")) == "subject"
    assert refusal_of(acme, ci.github(sub="x-repo:acme/till")) == "subject"
    assert exchange(tenant=acme, text=ci.github(sub="repo:acme/till"))


def test_a_token_is_remembered_until_nobody_could_replay_it(acme: Tenant, bob, ci: Issuer):
    policy(acme, ci)
    tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"])
    exchange(tenant=acme, text=ci.github())
    AccessToken.unscoped.update(expires_at=timezone.now(), created_at=timezone.now() - timedelta(hours=25))
    assert forget() == 0
    AccessToken.unscoped.update(created_at=timezone.now() - timedelta(hours=49))
    assert forget() == 1
    assert AccessToken.unscoped.get().user == bob
