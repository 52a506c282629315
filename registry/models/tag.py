"""Tags, and the history of each."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


def companions(at: str = "") -> Q:
    """Tags by which older clients find a digest's signatures (`registry.names.subject_of_companion`).

    `at` is the way to the tag, such as "tags__".
    """
    return Q((f"{at}name__startswith", "sha256-")) | Q((f"{at}name__startswith", "sha512-"))


class Tag(models.Model):
    """A name for a manifest of the same repository. `name` is ASCII, so byte order is its order."""

    repository = models.ForeignKey("registry.Repository", models.CASCADE, related_name="tags")
    name = models.CharField(max_length=128)
    manifest = models.ForeignKey("registry.Manifest", models.PROTECT, related_name="tags")
    is_immutable = models.BooleanField(default=False)
    #: The version stream it follows or was published to, "" for none. Written by publish; grants may name it.
    stream = models.CharField(max_length=100, blank=True)
    #: When what it follows reaches its end of life; written by the catalogue.
    ends_on = models.DateField(null=True, blank=True)
    #: Why what it points to was withdrawn, or "". Repeats `RepositoryManifest`'s, so that a pull need not ask.
    withdrawn = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "name"], name="tag_once_per_repository")]
        indexes = [models.Index(fields=["repository", "manifest"], name="tags_of_manifest")]

    def __str__(self) -> str:
        return self.name


class TagEvent(models.Model):
    """A tag was written, moved or deleted: append-only. `manifest` null means deleted."""

    repository = models.ForeignKey("registry.Repository", models.CASCADE, related_name="tag_events")
    name = models.CharField(max_length=128)
    manifest = models.ForeignKey("registry.Manifest", models.PROTECT, null=True, related_name="tag_events")
    previous = models.ForeignKey("registry.Manifest", models.PROTECT, null=True, related_name="+")
    #: Streams of the two, as `Tag.stream` was then.
    stream = models.CharField(max_length=100, blank=True)
    previous_stream = models.CharField(max_length=100, blank=True)
    actor = models.CharField(max_length=254)
    build = models.UUIDField(null=True, default=None)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["repository", "name", "at"], name="tag_history"),
            models.Index(fields=["repository", "manifest", "at"], name="tag_events_of_manifest"),
            models.Index(fields=["repository", "previous", "at"], name="tag_events_from_manifest"),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M}"
