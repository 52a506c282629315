"""Cancel a build that has not ended: no tag moves, and its worker is told at its next heartbeat."""

from __future__ import annotations

from typing import ClassVar

from django.db import transaction
from django.utils import timezone

from builds.models import Build, BuildStep
from registry import staging
from tenants import audit


class CannotCancel(ValueError):
    """The build has ended, or is past the point where it can be stopped."""

    code: ClassVar[str] = "build-not-cancellable"


#: Signing leads to one publishing transaction; a cancel races with it, so it is refused from there on.
CANCELLABLE = (Build.State.QUEUED, Build.State.BUILDING)


@transaction.atomic
def cancel(*, build: Build, actor: str, address: str = "") -> Build:
    """End `build` as cancelled. Raises CannotCancel.

    Compare-and-set: of a cancel and a worker's report only one changes the row.
    """
    changed = Build.objects.filter(pk=build.pk, state__in=CANCELLABLE).update(
        state=Build.State.CANCELLED, ended_at=timezone.now(), key_sha256="", lease_expires_at=None
    )
    build.refresh_from_db()
    if not changed:
        message = f"This build is {build.get_state_display().lower()} and can no longer be cancelled."
        raise CannotCancel(message)
    build.steps.filter(state__in=[BuildStep.State.WAITING, BuildStep.State.RUNNING]).update(
        state=BuildStep.State.SKIPPED, ended_at=timezone.now()
    )
    staging.close_staging(build_id=build.id)
    audit.record(
        tenant=build.tenant, actor=actor, verb="build.cancelled", object=str(build.id), address=address
    )
    return build
