"""The audit trail may be kept for a time: what is left still verifies, and says that something is gone."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from tenants import audit, retention, tasks
from tenants.checks import audit_is_kept_long_enough
from tenants.models import AuditEntry, Tenant

NOW = timezone.now()


def entries(tenant: Tenant, days_ago: int, count: int = 2) -> list[AuditEntry]:
    with time_machine.travel(NOW - timedelta(days=days_ago), tick=False):
        return [audit.record(tenant=tenant, actor="x", verb="tag.moved", object=str(n)) for n in range(count)]


def forget(days: int) -> int:
    return retention.forget(before=NOW - timedelta(days=days))


@pytest.fixture(autouse=True)
def _begin(acme: Tenant, globex: Tenant) -> None:
    AuditEntry.objects.all().delete()  # what told that both were created


def test_old_entries_go_and_the_rest_verifies(acme: Tenant, globex: Tenant):
    old, new = entries(acme, 100, 3), entries(acme, 10)
    entries(globex, 10)
    assert forget(30) == 3
    kept = AuditEntry.objects.filter(tenant=acme).order_by("sequence")
    assert list(kept.values_list("sequence", "verb")) == [
        (4, "tag.moved"), (5, "tag.moved"), (6, "audit.forgotten"),
    ]  # fmt: skip
    said = kept.last().data
    assert said == {"through": 3, "hash": old[-1].hash, "entries": 3}
    assert kept[0].hash == new[0].hash
    for tenant in (acme, globex):
        assert audit.verify(audit.chain_of(tenant)).is_whole
    assert AuditEntry.objects.filter(tenant=globex).count() == 2


def test_it_may_forget_again_and_writes_on(acme: Tenant):
    entries(acme, 100)
    entries(acme, 60)
    assert (forget(80), forget(80), forget(30)) == (2, 0, 2)
    entries(acme, 0)
    assert audit.verify(audit.chain_of(acme)).is_whole


def test_where_all_is_old_the_chain_goes_on_from_its_end(acme: Tenant):
    entries(acme, 100)
    forget(30)
    assert [each.sequence for each in AuditEntry.objects.filter(tenant=acme)] == [3]
    assert audit.verify(audit.chain_of(acme)).is_whole
    with time_machine.travel(NOW + timedelta(days=365)):
        assert (
            retention.forget(before=timezone.now() - timedelta(days=30)) == 0
        )  # no entry a year to say that


def test_a_beginning_taken_away_in_silence_is_found(acme: Tenant):
    first = entries(acme, 100, 4)[0]
    first.delete()
    assert audit.verify(audit.chain_of(acme)).broken_at == 1
    forget(200)
    assert not audit.verify(audit.chain_of(acme)).is_whole


def test_more_taken_away_than_was_told_is_found(acme: Tenant):
    entries(acme, 100)
    entries(acme, 10)
    forget(30)
    AuditEntry.objects.filter(tenant=acme, sequence=3).delete()
    assert audit.verify(audit.chain_of(acme)).broken_at == 3


def test_heads_that_were_kept_are_good_for_what_is_left(acme: Tenant):
    old, new = entries(acme, 100)[-1], entries(acme, 10)[-1]
    forget(30)
    out = io.StringIO()
    heads = [f"--head=acme:{each.sequence}:{each.hash}" for each in (old, new)]
    call_command("audit_verify", *heads, stdout=out)
    assert "acme: entry 2 is older than what is kept" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("audit_verify", f"--head=acme:{new.sequence}:{'0' * 64}", stdout=out)


def test_the_daily_job_keeps_everything_unless_the_operator_said_how_long(acme: Tenant, settings):
    entries(acme, 100)
    settings.AUDIT_DAYS = 0
    tasks.forget_audit()
    assert AuditEntry.objects.filter(verb="tag.moved").count() == 2
    settings.AUDIT_DAYS = 90
    tasks.forget_audit()
    assert not AuditEntry.objects.filter(verb="tag.moved").exists()


@pytest.mark.parametrize(("days", "is_refused"), [(0, False), (29, True), (30, False), (-1, True)])
def test_a_time_that_is_too_short_is_refused_at_the_start(settings, days: int, is_refused: bool):
    settings.AUDIT_DAYS = days
    assert [each.id for each in audit_is_kept_long_enough(None)] == (["tenants.E002"] if is_refused else [])
