"""Withdraw a digest: it stays pullable with a warning, and no tag moves to it any more.

Not in charge of why, nor of telling anyone: whoever withdraws decides.
"""

from __future__ import annotations

from django.db import transaction

from registry.errors import ManifestUnknown
from registry.models import HeldTag, Repository, RepositoryManifest, Tag
from tenants import audit
from tenants.models import User


@transaction.atomic
def withdraw(
    *, repository: Repository, digest: str, reason: str, actor: User | str, address: str = ""
) -> None:
    """Mark a digest of the repository, wherever a tag or pin shows it. Raises ManifestUnknown."""
    _mark(repository, digest, reason[:200] or "withdrawn")
    audit.record(
        tenant=repository.tenant,
        actor=actor,
        verb="digest.withdrawn",
        object=f"{repository.name}@{digest}",
        address=address,
        data={"reason": reason[:200]},
    )


@transaction.atomic
def reinstate(*, repository: Repository, digest: str, actor: User | str, address: str = "") -> None:
    """Take the mark away again. Raises ManifestUnknown."""
    _mark(repository, digest, "")
    audit.record(
        tenant=repository.tenant,
        actor=actor,
        verb="digest.reinstated",
        object=f"{repository.name}@{digest}",
        address=address,
    )


def _mark(repository: Repository, digest: str, reason: str) -> None:
    repository.lock()
    marked = RepositoryManifest.objects.filter(repository=repository, manifest__digest=digest)
    if not marked.update(withdrawn=reason):
        raise ManifestUnknown
    Tag.objects.filter(repository=repository, manifest__digest=digest).update(withdrawn=reason)
    held = HeldTag.objects.filter(grant__repository=repository, manifest__digest=digest)
    held.update(withdrawn=reason)
