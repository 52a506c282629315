"""Bringing everyone of a directory up to date, without waiting for their next sign-in."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from tenants.directory.admit import refresh
from tenants.directory.errors import DirectoryTrouble
from tenants.models import Directory, User


@dataclass(frozen=True, slots=True)
class Synced:
    """How many people were kept and withdrawn; `trouble` says why it stopped early, if it did."""

    kept: int
    withdrawn: int
    trouble: str = ""


def sync(*, directory: Directory) -> Synced:
    """Re-read every active person, and note on the directory what came of it.

    A directory that does not answer withdraws nobody.
    """
    done = _read_everyone(directory)
    Directory.unscoped.filter(pk=directory.pk).update(
        synced_at=timezone.now(),
        sync_kept=done.kept,
        sync_withdrawn=done.withdrawn,
        sync_trouble=done.trouble[:300],
    )
    return done


def _read_everyone(directory: Directory) -> Synced:
    kept = withdrawn = 0
    for user in User.objects.filter(directory=directory, is_active=True).order_by("pk"):
        try:
            decision = refresh(user=user, directory=directory)
        except DirectoryTrouble as trouble:
            return Synced(kept, withdrawn, str(trouble))
        kept, withdrawn = kept + (decision.role is not None), withdrawn + (decision.role is None)
    return Synced(kept, withdrawn)
