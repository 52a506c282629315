"""A tenant's pins: keep a tag of a granted repository at a digest while its source moves on.

Only the tenant sees it. Not in charge of who may pin (`tenants.roles`), nor of what a pin shows
(`registry.visibility`).
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from registry import tags
from registry.errors import (
    Denied,
    ManifestGone,
    ManifestUnknown,
    ManifestWithdrawn,
    PinMissing,
    TagImmutable,
    TagNeverThere,
)
from registry.models import Grant, HeldTag, Tag
from registry.visibility import View
from tenants import audit
from tenants.models import Tenant, User
from tenants.scope import platform_wide


@transaction.atomic
def pin(*, view: View, name: str, digest: str, actor: User, reason: str, address: str = "") -> HeldTag:
    """Keep `name` at a digest that it has or had; pinning it elsewhere ends the pin before.

    Raises Denied for a repository of the tenant's own, ManifestUnknown when the tag is not shown, TagImmutable,
    TagNeverThere, ManifestGone (also when it is not shown any more), ManifestWithdrawn.
    """
    grant = view.grant
    if grant is None:
        raise Denied("Your own tags move only when you push or build; there is nothing to pin.")
    _lock(grant)
    stream = _stream_there(grant, name, digest)
    link = view.linked(digest)
    if link is None:
        raise ManifestGone
    if link.withdrawn:
        raise ManifestWithdrawn
    grant.held_tags.in_force().filter(name=name).update(ended_at=timezone.now())
    held = HeldTag.objects.create(
        grant=grant, name=name, manifest=link.manifest, stream=stream, actor=str(actor), reason=reason[:200]
    )
    _record(grant, "tag.pinned", held, actor, address, reason)
    return held


@transaction.atomic
def unpin(*, grant: Grant, name: str, actor: User, reason: str = "", address: str = "") -> HeldTag:
    """Let a tag follow its source again; the digest stays pullable for the retention. Raises PinMissing."""
    _lock(grant)
    held = grant.held_tags.in_force().filter(name=name).select_related("manifest").first()
    if held is None:
        raise PinMissing
    held.ended_at = timezone.now()
    held.save(update_fields=["ended_at"])
    _record(grant, "tag.unpinned", held, actor, address, reason)
    return held


def pins_of(tenant: Tenant) -> QuerySet[HeldTag]:
    """Pins of grants in force, by name; with what each needs to be shown."""
    grants = Grant.objects.of(tenant.pk).in_force()
    rows = HeldTag.objects.in_force().filter(grant__in=grants)
    return rows.select_related("grant__repository", "manifest").order_by("grant__name", "name")


def ended_of(tenant: Tenant) -> QuerySet[HeldTag]:
    """Pins that ended within the last 90 days, newest first: what may still be undone."""
    since = timezone.now() - timedelta(days=90)
    rows = HeldTag.objects.filter(grant__in=Grant.objects.of(tenant.pk).in_force(), ended_at__gte=since)
    return rows.select_related("grant__repository", "manifest").order_by("-ended_at")


def _stream_there(grant: Grant, name: str, digest: str) -> str:
    """The stream by which the grant shows that `name` is or was at `digest`; refuses everything else."""
    if Tag.objects.filter(repository=grant.repository, name=name, is_immutable=True).exists():
        raise TagImmutable
    moved = tags.history(grant.repository, name).values_list("manifest__digest", "stream")
    shown = [(was, stream) for was, stream in moved if grant.shows(name, stream)]
    if not shown:
        raise ManifestUnknown
    for was, stream in shown:
        if was == digest:
            return stream
    raise TagNeverThere


def _lock(grant: Grant) -> None:
    # Of the source's repository: a withdrawal or collection meanwhile waits, a pull does not.
    with platform_wide():  # a tenant reads that row, and PostgreSQL lets nobody lock what they may not write
        grant.repository.lock()


def _record(grant: Grant, verb: str, held: HeldTag, actor: User, address: str, reason: str) -> None:
    audit.record(
        tenant=grant.tenant,
        actor=actor,
        verb=verb,
        object=f"{grant.name}:{held.name}",
        address=address,
        data={"digest": held.manifest.digest, "reason": reason},
    )
