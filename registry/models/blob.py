"""Blobs, what links them to repositories, and uploads under way."""

from __future__ import annotations

import uuid

from django.db import models


class Blob(models.Model):
    """Bytes in the store, by digest (`sha256:<hex>` or `sha512:<hex>`); global, never served by itself."""

    class State(models.TextChoices):
        LIVE = "live"
        DELETING = "deleting"
        #: The scrub found other bytes than the digest names, or none: shown to nobody until it is pushed again.
        DAMAGED = "damaged"

    digest = models.CharField(max_length=140, unique=True)
    size = models.PositiveBigIntegerField()
    storage_key = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    created_at = models.DateTimeField(auto_now_add=True)
    #: When garbage collection first found it unreferenced.
    unreferenced_at = models.DateTimeField(null=True, blank=True)
    #: When the scrub last read all of it.
    checked_at = models.DateTimeField(null=True, blank=True, db_index=True)

    def __str__(self) -> str:
        return self.digest


class RepositoryBlob(models.Model):
    """That a blob was uploaded to, mounted into or published to a repository."""

    repository = models.ForeignKey("registry.Repository", models.CASCADE, related_name="blob_links")
    blob = models.ForeignKey(Blob, models.CASCADE, related_name="repository_links")
    #: Kept from collection until then, so that a push has time to send its manifest.
    pinned_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "blob"], name="blob_once_per_repository")
        ]

    def __str__(self) -> str:
        return f"{self.repository_id}:{self.blob_id}"


class Upload(models.Model):
    """One resumable blob upload; the bytes so far are a file of the spool named by `id`, which says how many."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    repository = models.ForeignKey("registry.Repository", models.CASCADE, related_name="uploads")
    actor = models.CharField(max_length=254)
    #: SHA-256 of the first `hashed` bytes, when one request sent them all; else "", and the file is read again.
    sha256 = models.CharField(max_length=64, blank=True)
    hashed = models.PositiveBigIntegerField(default=0)
    #: Raised by each PATCH; a second writer that saw an older one is refused with 416.
    version = models.PositiveIntegerField(default=0)
    #: How many bytes the quota gives it: its file has no more, but where a process died or no quota counts.
    reserved = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    #: Whether a quota counts what it holds. Not a column: `uploads.find` reads it.
    is_limited = False

    def __str__(self) -> str:
        return str(self.id)
