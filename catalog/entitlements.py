"""Changes of what a tenant may pull, each one entry of its audit trail, and each to be undone exactly.

The entry is the record: it names what was added and withdrawn, which requests that answered, and what the ended grants
were. Not in charge of how a promise is kept (`catalog.promises`) nor of what there is to choose from
(`catalog.promised`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from catalog import promises
from catalog.models import AccessRequest, Image
from tenants import audit
from tenants.models import AuditEntry, Tenant, User

VERB = "entitlements.changed"
_State = AccessRequest.State


class AlreadyUndone(Exception):
    """Somebody took this change back before."""

    code = "entitlements-undone"

    def __init__(self) -> None:
        super().__init__("This change was undone already.")


@transaction.atomic
def change(
    *,
    tenant: Tenant,
    give: Collection[str],
    take: Collection[str],
    actor: User | str,
    address: str = "",
    undoes: AuditEntry | None = None,
) -> AuditEntry | None:
    """Entitle `tenant` to `give`, and to `take` no longer; everything else stays as it is by now.

    Names are those of `catalog.promises`; unknown ones are ignored, and what is free for all is never taken. None
    where nothing was to be changed. With `undoes`, grants come back as they were when that entry ended them.
    """
    promises.lock(tenant)
    past: Mapping[str, Any] = undoes.data if undoes else {}
    free = set(Image.objects.filter(is_free=True).values_list("repository__name", flat=True))
    taken = promises.take(tenant=tenant, names=set(take) - free)
    given = promises.give(
        tenant=tenant,
        names=set(give) - set(taken.names),
        as_before=past.get("were", {}),
        brings_charts=undoes is None,
    )
    if not given.names and not taken.names:
        return None
    more = {"were": taken.were, "answered": given.answered, "undoes": undoes.sequence if undoes else None}
    return audit.record(
        tenant=tenant,
        actor=actor,
        verb=VERB,
        object=tenant.slug,
        address=address,
        data={
            "added": given.names, "withdrawn": taken.names,
            **{key: value for key, value in more.items() if value},
        },
    )  # fmt: skip


@transaction.atomic
def undo(*, entry: AuditEntry, actor: User | str, address: str = "") -> AuditEntry | None:
    """Take back exactly what `entry` changed; what others changed since stays. None when nothing of it is left.

    Requests that it answered wait again. Raises AlreadyUndone.
    """
    tenant = entry.tenant
    if tenant is None or entry.verb != VERB:
        message = "Only a change of a tenant's entitlements can be undone."
        raise ValueError(message)
    promises.lock(tenant)
    if is_undone(entry):
        raise AlreadyUndone
    done = change(
        tenant=tenant,
        give=entry.data["withdrawn"],
        take=entry.data["added"],
        actor=actor,
        address=address,
        undoes=entry,
    )
    if done is not None:
        _wait_again(tenant, entry, done)
    return done


def made_as(*, tenant: Tenant, sequence: int) -> AuditEntry | None:
    """The change with that number in the tenant's trail."""
    return AuditEntry.objects.filter(
        chain=audit.chain_of(tenant), tenant=tenant, sequence=sequence, verb=VERB
    ).first()


def is_undone(entry: AuditEntry) -> bool:
    """Whether a later entry says that it takes this one back."""
    later = AuditEntry.objects.filter(chain=entry.chain, verb=VERB, sequence__gt=entry.sequence)
    return later.filter(data__undoes=entry.sequence).exists()


def _wait_again(tenant: Tenant, entry: AuditEntry, done: AuditEntry) -> None:
    """Open the requests that `entry` answered, as far as `done` took their images; a newer open one stands for itself."""
    asked = AccessRequest.objects.filter(tenant=tenant, image=OuterRef("image"), state=_State.OPEN)
    answered = AccessRequest.objects.filter(
        tenant=tenant,
        pk__in=entry.data.get("answered", []),
        state=_State.GRANTED,
        image__repository__name__in=done.data["withdrawn"],
    )
    keys = list(answered.exclude(Exists(asked)).values_list("pk", flat=True))
    AccessRequest.objects.filter(pk__in=keys).update(state=_State.OPEN, decided_at=None)
