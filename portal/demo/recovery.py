"""What a run that was cut short leaves in the data, put right before the next one starts."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone

from builds.models import Build


def clear_queue(place: Path) -> None:
    """Drop old messages. They only wake workers, and every build that has not ended is woken anew."""
    for folder in ("messages", "control"):
        (place / "queue" / folder).mkdir(parents=True, exist_ok=True)
    for message in (place / "queue" / "messages").glob("*.msg"):
        message.unlink(missing_ok=True)


def expire_leases() -> int:
    """Let the reaper take back every build at once: no worker can hold one while no demo runs."""
    going_on = Build.objects.exclude(state__in=Build.ENDED)
    return going_on.update(lease_expires_at=timezone.now())
