"""The audit trail is append-only, and tampering shows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tenants import audit
from tenants.models import AuditEntry, Tenant


def three(tenant: Tenant) -> list[AuditEntry]:
    return [
        audit.record(tenant=tenant, actor="worker", verb="tag.moved", object=f"api:{n}") for n in range(3)
    ]


def test_a_chain_that_nobody_touched_is_whole(acme: Tenant, globex: Tenant):
    three(acme)
    audit.record(tenant=globex, actor="worker", verb="tag.moved", object="x")
    assert audit.verify(audit.chain_of(acme)) == audit.ChainState(3, None)
    assert audit.verify(audit.chain_of(globex)).entries == 1


@pytest.mark.parametrize("field", ["actor", "verb", "object", "address"])
def test_a_changed_entry_is_found(acme: Tenant, field: str):
    entry = three(acme)[1]
    AuditEntry.objects.filter(pk=entry.pk).update(**{field: "other"})
    assert audit.verify(entry.chain).broken_at == 2


def test_a_removed_entry_is_found(acme: Tenant):
    entry = three(acme)[1]
    entry.delete()
    assert audit.verify(audit.chain_of(acme)).broken_at == 2


def test_an_entry_whose_own_hash_was_recomputed_still_breaks_the_next(acme: Tenant):
    entry = three(acme)[1]
    entry.actor = "other"
    entry.hash = audit.digest_of(entry)
    entry.save()
    assert audit.verify(entry.chain).broken_at == 3


WRITERS = """
import threading, django
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
from tenants import audit

def write():
    for number in range(5):
        audit.record(tenant=None, actor="worker", verb="tag.moved", object=str(number))
    connection.close()

threads = [threading.Thread(target=write) for _ in range(4)]
for each in threads: each.start()
for each in threads: each.join()
print(audit.verify(audit.PLATFORM))
"""


def test_writers_at_the_same_time_share_one_chain(tmp_path: Path):
    place = {"ASSAY_VAR": str(tmp_path), "SECRET_KEY": "x", "DJANGO_SETTINGS_MODULE": "portal.settings"}
    run = subprocess.run(
        [sys.executable, "-c", WRITERS],
        env={**os.environ, **place},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "ChainState(entries=20, broken_at=None)", run.stderr
