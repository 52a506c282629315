"""Access tokens: what they open, and when they stop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants import tokens
from tenants.members import remove_member
from tenants.models import AccessToken, AuditEntry, Membership, Tenant, User
from tenants.roles import Role


def test_a_token_opens_what_it_was_made_for_and_nothing_else(acme: Tenant, bob: User):
    token, secret = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"], repositories="team/*")
    found = tokens.authenticate(secret)
    assert found is not None
    assert found.pk == token.pk
    assert found.may("pull", "team/api")
    assert not found.may("push", "team/api")
    assert not found.may("pull", "other/api")
    assert AccessToken.unscoped.get().last_used_at is not None


def test_the_secret_itself_is_kept_nowhere(acme: Tenant, bob: User):
    token, secret = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"])
    row = AccessToken.unscoped.filter(pk=token.pk).values().get()
    assert secret.startswith("assay_")
    assert len(secret) == 55
    assert secret not in str(row)
    assert secret not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda secret: "",
        lambda secret: secret[:-1],
        lambda secret: secret[:-1] + ("a" if secret[-1] != "a" else "b"),
        lambda secret: secret.replace("assay_", "other_"),
        lambda secret: secret[:20] + "é" + secret[21:],
        lambda secret: secret + "\n",
    ],
)
def test_a_mistyped_secret_opens_nothing(acme: Tenant, bob: User, spoil, django_assert_num_queries):
    _, secret = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"])
    with django_assert_num_queries(0):
        assert tokens.authenticate(spoil(secret)) is None


def test_an_expired_token_opens_nothing(acme: Tenant, bob: User):
    token, secret = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"], days=1)
    AccessToken.unscoped.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert tokens.authenticate(secret) is None


def test_a_revoked_token_opens_nothing_and_both_ends_are_in_the_audit_trail(acme: Tenant, bob: User):
    token, secret = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"])
    tokens.revoke(token=token, actor=bob)
    tokens.revoke(token=token, actor=bob)
    assert tokens.authenticate(secret) is None
    verbs = AuditEntry.objects.filter(tenant=acme).order_by("sequence").values_list("verb", flat=True)
    assert list(verbs) == ["token.issued", "token.revoked"]


def test_a_removed_member_loses_every_token(acme: Tenant, bob: User):
    _, secret = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"])
    remove_member(membership=Membership.objects.get(user=bob), actor="tests")
    assert tokens.authenticate(secret) is None
    assert AccessToken.unscoped.get().revoked_at is not None


def test_a_weaker_role_narrows_tokens_that_exist(acme: Tenant, bob: User):
    _, secret = tokens.issue(user=bob, tenant=acme, name="ci", actions=["push", "pull"])
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)
    found = tokens.authenticate(secret)
    assert found is not None
    assert found.may("pull", "api")
    assert not found.may("push", "api")


def test_a_closed_tenant_takes_its_tokens_with_it(acme: Tenant, bob: User):
    _, secret = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"])
    Tenant.objects.filter(pk=acme.pk).update(is_active=False)
    assert tokens.authenticate(secret) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "token_name"),
        ({"actions": []}, "token_actions"),
        ({"actions": ["delete"]}, "token_actions"),
        ({"days": 0}, "token_days"),
        ({"days": 366}, "token_days"),
        ({"repositories": ""}, "token_repositories"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(acme: Tenant, bob: User, change, code):
    with pytest.raises(tokens.TokenRefused) as refusal:
        tokens.issue(**{"user": bob, "tenant": acme, "name": "ci", "actions": ["pull"], **change})
    assert refusal.value.code == code
    assert not AccessToken.unscoped.exists()


def test_nobody_issues_more_than_the_role_allows(acme: Tenant, bob: User, charlie: User):
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)
    with pytest.raises(tokens.TokenRefused, match="viewer does not allow: push"):
        tokens.issue(user=bob, tenant=acme, name="ci", actions=["push"])
    with pytest.raises(tokens.TokenRefused, match="not a member"):
        tokens.issue(user=charlie, tenant=acme, name="ci", actions=["pull"])


def test_use_is_noted_at_most_once_a_minute(acme: Tenant, bob: User):
    token, secret = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"])
    tokens.authenticate(secret)
    first = AccessToken.unscoped.get(pk=token.pk).last_used_at
    tokens.authenticate(secret)
    assert AccessToken.unscoped.get(pk=token.pk).last_used_at == first
    AccessToken.unscoped.filter(pk=token.pk).update(last_used_at=first - timedelta(minutes=2))
    tokens.authenticate(secret)
    assert AccessToken.unscoped.get(pk=token.pk).last_used_at > first - timedelta(minutes=1)


def test_a_token_lives_as_long_as_was_said_and_thirty_days_otherwise(acme: Tenant, bob: User):
    for days, given in ((30, {}), (365, {"days": 365})):
        token, _ = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"], **given)
        left = token.expires_at - timezone.now()
        assert timedelta(days=days, minutes=-1) < left <= timedelta(days=days)
