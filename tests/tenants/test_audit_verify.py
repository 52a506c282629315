"""The command that checks the audit chains."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from tenants import audit
from tenants.models import AuditEntry, Tenant


def verify(*arguments: str) -> list[str]:
    out = io.StringIO()
    call_command("audit_verify", *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def trail(acme: Tenant, globex: Tenant) -> list[AuditEntry]:
    return [audit.record(tenant=acme, actor="x", verb="tag.moved", object=str(n)) for n in range(3)]


def test_whole_chains_are_listed_with_their_heads(trail: list[AuditEntry]):
    assert f"acme:3:{trail[-1].hash}" in verify()
    assert "globex:0:" in verify()
    assert verify()[0].startswith("platform:2:")  # both tenants were created


def test_one_tenant_alone_may_be_checked(trail: list[AuditEntry]):
    assert verify("--tenant=acme") == [f"acme:3:{trail[-1].hash}"]
    with pytest.raises(CommandError, match="no tenant nobody"):
        verify("--tenant=nobody")


def test_a_changed_entry_ends_with_an_error_that_names_the_chain(trail: list[AuditEntry]):
    AuditEntry.objects.filter(pk=trail[1].pk).update(actor="y")
    with pytest.raises(CommandError, match="broken: acme"):
        verify()
    assert verify("--tenant=globex")


def test_a_cut_end_is_found_by_the_head_that_was_kept(trail: list[AuditEntry]):
    [head] = verify("--tenant=acme")
    audit.record(tenant=trail[0].tenant, actor="x", verb="tag.moved", object="later")
    assert verify("--tenant=acme", f"--head={head}")
    AuditEntry.objects.filter(chain=trail[0].chain, sequence__gte=3).delete()
    assert verify("--tenant=acme")
    with pytest.raises(CommandError, match="broken"):
        verify("--tenant=acme", f"--head={head}")


@pytest.mark.parametrize("text", ["acme", "acme:x:y", "nobody:1:abc"])
def test_a_head_that_is_none_is_refused(trail: list[AuditEntry], text: str):
    with pytest.raises(CommandError, match="give a line"):
        verify(f"--head={text}")
