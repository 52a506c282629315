"""How long the audit trail is kept: the oldest entries of each chain are dropped, and the chain says so itself.

Before they go an entry says through which number, and that one's hash, so that what is left still verifies and nobody
can take away a beginning in silence. Not in charge of the chain: see `tenants.audit`.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from tenants import audit
from tenants.models import AuditEntry

#: Shorter would let somebody wait until what they did is gone.
LEAST_DAYS = 30


def forget(*, before: datetime) -> int:
    """Drop all entries from before that moment, of every chain; how many."""
    ends = (
        AuditEntry.objects.filter(at__lt=before).order_by().values("chain").annotate(through=Max("sequence"))
    )
    return sum(_forget(each["chain"], each["through"]) for each in ends)


@transaction.atomic
def _forget(chain: str, through: int) -> int:
    last = AuditEntry.objects.select_related("tenant").get(chain=chain, sequence=through)
    if last.verb == audit.FORGOTTEN and last.data.get("through") == through - 1:
        return 0  # nothing but the entry that told of the time before
    old = AuditEntry.objects.filter(chain=chain, sequence__lte=through)
    data = {"through": through, "hash": last.hash, "entries": old.count()}
    audit.record(
        tenant=last.tenant,
        actor="retention",
        verb=audit.FORGOTTEN,
        object=f"to {last.at:%Y-%m-%d}",
        data=data,
    )
    return old.delete()[0]
