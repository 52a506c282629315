"""Rotating an access token: a new secret at once, the former one for another day."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tenants import tokens
from tenants.models import AccessToken, AuditEntry, Membership
from tenants.roles import Role

PATH = "/settings/tokens/"


def test_both_secrets_work_for_a_day_and_then_the_new_one(acme, bob):
    token, old = tokens.issue(
        user=bob, tenant=acme, name="ci", actions=["pull", "push"], repositories="team/*", days=90
    )
    with time_machine.travel(timezone.now() + timedelta(days=80)):
        made, new = tokens.rotate(token=token, actor=bob)
    for hours, works in (
        (0, (True, True)),
        (23, (True, True)),
        (25, (False, True)),
        (24 * 89, (False, True)),
        (24 * 91, (False, False)),
    ):
        with time_machine.travel(timezone.now() + timedelta(days=80, hours=hours)):
            assert tuple(tokens.authenticate(each) is not None for each in (old, new)) == works
    assert (made.name, made.actions, made.repositories) == ("ci", ["pull", "push"], "team/*")
    entry = AuditEntry.objects.get(verb="token.rotated")
    assert (entry.object, entry.data["by"]) == (token.hint, made.hint)


def test_a_token_about_to_end_is_not_kept_longer_by_that(acme, bob):
    token, old = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"], days=2)
    with time_machine.travel(timezone.now() + timedelta(days=1, hours=20)):
        tokens.rotate(token=token, actor=bob)
    with time_machine.travel(timezone.now() + timedelta(days=2, minutes=1)):
        assert tokens.authenticate(old) is None


@pytest.mark.parametrize("change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}])
def test_what_has_ended_is_not_brought_back(acme, bob, change):
    token, _ = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"])
    AccessToken.unscoped.update(**change)
    token.refresh_from_db()
    with pytest.raises(tokens.TokenRefused) as refused:
        tokens.rotate(token=token, actor=bob)
    assert refused.value.code == "token_ended"
    assert AccessToken.unscoped.count() == 1


def test_a_weaker_role_cannot_keep_its_rights_by_rotating(acme, bob):
    token, _ = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull", "push"])
    Membership.objects.update(role=Role.VIEWER)
    with pytest.raises(tokens.TokenRefused) as refused:
        tokens.rotate(token=token, actor=bob)
    assert refused.value.code == "token_role"


def test_the_page_shows_the_new_secret_once(signed_in, acme, bob):
    token, old = tokens.issue(user=bob, tenant=acme, name="ci", actions=["pull"])
    browser = signed_in(bob)
    answer = browser.post(f"{PATH}{token.pk}/rotate")
    page = answer.content.decode()
    secret = re.search(r"assay_[0-9A-Za-z]{49}", page)[0]
    assert secret != old
    assert tokens.authenticate(secret).user == bob
    assert "works for another 24 hours" in page
    assert "no-store" in answer["Cache-Control"]
    assert secret not in browser.get(PATH).content.decode()


def test_anothers_token_is_not_there_and_a_get_changes_nothing(signed_in, acme, alice, bob, charlie):
    token, _ = tokens.issue(user=alice, tenant=acme, name="mine", actions=["pull"])
    for browser in (signed_in(bob), signed_in(charlie), signed_in(charlie, "globex.localhost")):
        assert browser.post(f"{PATH}{token.pk}/rotate").status_code == 404
    assert signed_in(alice).get(f"{PATH}{token.pk}/rotate").status_code == 405
    assert AccessToken.unscoped.count() == 1
