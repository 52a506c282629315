"""A build. The row is the truth; the broker only wakes workers."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Build(models.Model):
    """One order: of a catalogue stream (`tenant` null) or of a tenant's recipe revision.

    Every accepted build ends in succeeded, failed or cancelled. A worker holds it by a lease that its
    heartbeat extends; a lease that ran out puts it back in the queue (see `builds.lease`).
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        BUILDING = "building", _("Building")
        SIGNING = "signing", _("Signing")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    ENDED = (State.SUCCEEDED, State.FAILED, State.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, null=True, blank=True, related_name="builds")
    revision = models.ForeignKey(
        "builds.RecipeRevision", models.PROTECT, null=True, blank=True, related_name="builds"
    )
    stream = models.ForeignKey(
        "catalog.VersionStream", models.CASCADE, null=True, blank=True, related_name="builds"
    )
    #: What the engine and the sandbox take: canonical spec, lock and test spec, fixed when ordered.
    spec = models.JSONField()
    lock = models.JSONField()
    tests = models.JSONField(default=dict)
    ordered_by = models.CharField(max_length=254)
    reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED, db_index=True)
    #: SHA-256 of the per-build key its worker holds.
    key_sha256 = models.CharField(max_length=64, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    #: What the worker reported: {"index": digest, "platforms": {...}, "tests": {...}, "scan": {...}}
    result = models.JSONField(default=dict)
    digest = models.CharField(max_length=140, blank=True)
    #: Stable code and a sentence for people, when failed.
    error_code = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    ordered_at = models.DateTimeField(auto_now_add=True, db_index=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(tenant__isnull=True, stream__isnull=False, revision__isnull=True)
                | Q(tenant__isnull=False, revision__isnull=False, stream__isnull=True),
                name="build_is_of_stream_or_revision",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def has_ended(self) -> bool:
        return self.state in self.ENDED


class BuildStep(models.Model):
    """One step of one build, in order: fetch, assemble, scan, test, push, sign, publish."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        SKIPPED = "skipped"

    build = models.ForeignKey(Build, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    #: One line of outcome, such as "2 of 28 were new".
    summary = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["build", "name"], name="step_once_per_build")]

    def __str__(self) -> str:
        return self.name


class BuildLogLine(models.Model):
    """One line of a build's log, kept for good. `number` counts from 1 within the build."""

    build = models.ForeignKey(Build, models.CASCADE, related_name="log")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    step = models.CharField(max_length=20)
    text = models.CharField(max_length=2000)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["build", "number"], name="log_line_once")]

    def __str__(self) -> str:
        return self.text
