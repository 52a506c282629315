"""The lease: who holds a build, for how long, and what happens when the holder falls silent.

A worker claims a queued build with its key, and its heartbeat extends the lease. The reaper, run by the
scheduler, queues again what ran out, with a new key, so that a worker that comes back too late is a
stranger. A queued build carries the time by which some worker should have taken it in the same column: so a
lost broker message costs a wait, never a build. Not in charge of the work (`builds.worker`).
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from builds import states, wake
from builds.models import Build
from registry import staging
from registry.models import Repository


class NoSuchBuild(LookupError):
    """There is no such build for this key: unknown, another's, or taken over by another attempt."""

    code = "build-unknown"

    def __init__(self) -> None:
        super().__init__("There is no such build for this key.")


class BuildEnded(Exception):
    """The build ended (as a rule, was cancelled) while its worker was busy."""

    code = "build-ended"

    def __init__(self, state: str) -> None:
        self.state = state
        super().__init__(f"The build has ended: it is {state}.")


def lease_time() -> timedelta:
    """How long a holder may be silent."""
    return timedelta(seconds=getattr(settings, "BUILD_LEASE_SECONDS", 20))


def queue_patience() -> timedelta:
    """How long a queued build waits before a worker is woken once more."""
    return timedelta(seconds=getattr(settings, "BUILD_QUEUE_SECONDS", 90))


@transaction.atomic
def enqueue(*, build: Build) -> None:
    """Give a queued build its steps, its staging and a fresh key, and wake a worker after commit."""
    states.ensure_steps(build)
    _, key = staging.open_staging(build_id=build.id, mounts_from=mountable(build))
    build.key_sha256 = _sha256(key)
    build.lease_expires_at = timezone.now() + queue_patience()
    build.save(update_fields=["key_sha256", "lease_expires_at"])
    transaction.on_commit(lambda: wake.worker(str(build.id), key))


def mountable(build: Build) -> Repository | None:
    """The repository whose blobs the build may mount: its base's, or its own image's earlier releases'."""
    if build.revision is not None:
        return build.revision.base.image.repository
    return build.stream.image.repository if build.stream is not None else None


@transaction.atomic
def claim(*, build_id: UUID, key: str, worker: str) -> Build:
    """Take the lease of a queued build. Raises NoSuchBuild, BuildEnded.

    A worker that lost the answer may claim again with the same key and name.
    """
    build = hold(build_id=build_id, key=key)
    is_again = build.state == Build.State.BUILDING and build.worker == worker
    if build.state != Build.State.QUEUED and not is_again:
        raise NoSuchBuild
    now = timezone.now()
    if not is_again:
        build.attempt += 1
        states.reset_steps(build)
    build.state, build.worker, build.started_at = Build.State.BUILDING, worker[:120], build.started_at or now
    build.lease_expires_at = now + lease_time()
    build.save(update_fields=["attempt", "state", "worker", "started_at", "lease_expires_at"])
    return build


@transaction.atomic
def heartbeat(*, build_id: UUID, key: str) -> Build:
    """Extend the lease. Raises NoSuchBuild, BuildEnded."""
    return extend(hold(build_id=build_id, key=key))


def extend(build: Build) -> Build:
    """Extend the lease of a build whose row the caller holds. Raises NoSuchBuild."""
    if build.state != Build.State.BUILDING:
        raise NoSuchBuild
    build.lease_expires_at = timezone.now() + lease_time()
    build.save(update_fields=["lease_expires_at"])
    return build


def hold(*, build_id: UUID, key: str) -> Build:
    """Lock the row of the build that `key` opens, inside the caller's transaction.

    Raises NoSuchBuild, BuildEnded.
    """
    build = Build.objects.select_for_update().filter(pk=build_id).first()
    if build is None or not key or not hmac.compare_digest(build.key_sha256, _sha256(key)):
        raise NoSuchBuild
    if build.has_ended:
        raise BuildEnded(build.state)
    return build


def reap() -> int:
    """Queue again every build whose holder fell silent, and wake what was forgotten; give how many."""
    late = Build.objects.filter(
        Q(lease_expires_at__lt=timezone.now())
        | Q(lease_expires_at=None, state__in=[Build.State.QUEUED, Build.State.SIGNING]),
        state__in=[Build.State.QUEUED, Build.State.BUILDING, Build.State.SIGNING],
    )
    return sum(_reap_one(build_id) for build_id in late.order_by("ordered_at").values_list("pk", flat=True))


@transaction.atomic
def _reap_one(build_id: UUID) -> bool:
    build = Build.objects.select_for_update().filter(pk=build_id).first()
    if build is None or build.has_ended:
        return False
    if build.lease_expires_at is not None and build.lease_expires_at >= timezone.now():
        return False  # its holder spoke up in the meantime
    if build.state == Build.State.BUILDING:
        return _take_back(build)
    if build.state == Build.State.SIGNING:
        send_to_signer(build)
    else:
        enqueue(build=build)
    return True


def _take_back(build: Build) -> bool:
    sentence = f"The worker {build.worker} fell silent."
    states.write_lines(build, [(timezone.now(), "", f"{sentence} Another attempt takes over.")])
    states.fail(build, code="worker-silent", sentence=sentence, is_fault=True)
    if build.state == Build.State.QUEUED:
        enqueue(build=build)
    return True


def send_to_signer(build: Build) -> None:
    """Wake the signer after commit; it is woken once more if it does not answer in time."""
    build.lease_expires_at = timezone.now() + queue_patience()
    build.save(update_fields=["lease_expires_at"])
    transaction.on_commit(lambda: wake.signer(str(build.id)))


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
