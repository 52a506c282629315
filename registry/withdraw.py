"""Withdraw a digest: it stays pullable with a warning, and no tag moves to it any more.

Not in charge of why, nor of telling anyone: the catalogue decides.
"""

from __future__ import annotations

from django.db import transaction

from registry.errors import ManifestUnknown
from registry.models import HeldTag, Repository, RepositoryManifest, Tag


@transaction.atomic
def withdraw(*, repository: Repository, digest: str, reason: str) -> None:
    """Mark a digest of the repository, wherever a tag or pin shows it. Raises ManifestUnknown."""
    _mark(repository, digest, reason[:200] or "withdrawn")


@transaction.atomic
def reinstate(*, repository: Repository, digest: str) -> None:
    """Take the mark away again. Raises ManifestUnknown."""
    _mark(repository, digest, "")


def _mark(repository: Repository, digest: str, reason: str) -> None:
    repository.lock()
    marked = RepositoryManifest.objects.filter(repository=repository, manifest__digest=digest)
    if not marked.update(withdrawn=reason):
        raise ManifestUnknown
    Tag.objects.filter(repository=repository, manifest__digest=digest).update(withdrawn=reason)
    held = HeldTag.objects.filter(grant__repository=repository, manifest__digest=digest)
    held.update(withdrawn=reason)
