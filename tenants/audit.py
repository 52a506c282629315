"""The audit trail: recording facts, and checking that the chain is whole.

Each entry's hash covers the one before it, so a changed, removed or inserted entry is found by `verify`.
Not in charge of who may read it (`tenants.access`) or how it is shown (`tenants.pages.audit`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction

from tenants import scope
from tenants.models import AuditEntry, SupportVisit, Tenant, User

PLATFORM = "platform"
#: Follows the name of someone of the platform who visits the tenant.
OF_SUPPORT = " (platform support)"
#: Says that older entries were dropped: `through` which number, and the `hash` of that one. See `tenants.retention`.
FORGOTTEN = "audit.forgotten"
_ATTEMPTS = 20


class AuditContended(RuntimeError):
    """So many writers at once that no sequence number could be had."""

    code = "audit_contended"


@dataclass(frozen=True, slots=True)
class ChainState:
    """What `verify` found: how many entries, and the first sequence number that does not fit (or None)."""

    entries: int
    broken_at: int | None

    @property
    def is_whole(self) -> bool:
        return self.broken_at is None


def chain_of(tenant: Tenant | None) -> str:
    """The name of a tenant's chain, or of the platform's."""
    return PLATFORM if tenant is None else str(tenant.pk)


def record(
    *,
    tenant: Tenant | None,
    actor: User | str,
    verb: str,
    object: str,  # noqa: A002
    address: str = "",
    data: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry, in the caller's transaction if there is one.

    `actor` is a person or a name such as "worker"; `verb` is dotted (`token.issued`). Raises AuditContended.
    """
    entry = AuditEntry(
        tenant=tenant,
        chain=chain_of(tenant),
        at=datetime.now(tz=UTC),
        actor=_name_of(actor, tenant)[:254],
        verb=verb,
        object=object[:300],
        address=address[:45],
        data=json.loads(json.dumps(data or {}, default=str)),
    )
    for _ in range(_ATTEMPTS):
        try:
            # A tenant's page may have something to say to the platform's chain.
            with scope.at(tenant), transaction.atomic():
                return _append(entry)
        except IntegrityError:
            # Another writer took the number; its transaction is over now, so the next look sees it.
            entry.pk = None
    message = f"The audit chain {entry.chain} is too busy."
    raise AuditContended(message)


def verify(chain: str) -> ChainState:
    """Recompute the whole chain, from where retention let it begin."""
    previous, expected = start_of(chain)
    for entry in AuditEntry.objects.filter(chain=chain).order_by("sequence").iterator():
        is_next = entry.sequence == expected and entry.previous == previous
        if not is_next or entry.hash != digest_of(entry):
            return ChainState(expected - 1, expected)
        previous, expected = entry.hash, expected + 1
    return ChainState(expected - 1, None)


def start_of(chain: str) -> tuple[str, int]:
    """The hash before a chain's first entry and that entry's number: as the newest `FORGOTTEN` says, else "" and 1."""
    said = AuditEntry.objects.filter(chain=chain, verb=FORGOTTEN).order_by("-sequence").first()
    if said is None:
        return "", 1
    return str(said.data.get("hash", "")), int(said.data.get("through", 0)) + 1


def digest_of(entry: AuditEntry) -> str:
    """SHA-256 (hex) over the previous hash and the entry's canonical JSON."""
    facts = {
        "chain": entry.chain,
        "sequence": entry.sequence,
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor": entry.actor,
        "verb": entry.verb,
        "object": entry.object,
        "address": entry.address,
        "data": entry.data,
    }
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{entry.previous}\n{text}".encode()).hexdigest()


def _append(entry: AuditEntry) -> AuditEntry:
    last = AuditEntry.objects.filter(chain=entry.chain).order_by("-sequence").first()
    entry.sequence = last.sequence + 1 if last else 1
    entry.previous = last.hash if last else ""
    entry.hash = digest_of(entry)
    entry.save(force_insert=True)
    return entry


def _name_of(actor: User | str, tenant: Tenant | None) -> str:
    if isinstance(actor, str):
        return actor
    name = actor.email or actor.directory_login or actor.login
    return f"{name}{OF_SUPPORT}" if tenant is not None and _is_visiting(actor, tenant) else name


def _is_visiting(user: User, tenant: Tenant) -> bool:
    visits = SupportVisit.objects.of(user, tenant).in_force()
    return visits.exclude(user__memberships__tenant=tenant).exists()
