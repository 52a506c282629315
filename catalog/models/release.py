"""A release: one published digest, and the evidence for it."""

from __future__ import annotations

from django.db import models

from catalog.models.package import PackageSpan, PackageSpanQuerySet


class Release(models.Model):
    """One published index digest of a repository: of a catalogue stream, or a tenant's golden image."""

    class Tested(models.TextChoices):
        PASSED = "passed"
        UNTESTED = "untested"

    repository = models.ForeignKey("registry.Repository", models.CASCADE, related_name="releases")
    stream = models.ForeignKey(
        "catalog.VersionStream", models.CASCADE, null=True, blank=True, related_name="releases"
    )
    digest = models.CharField(max_length=140)
    #: Upstream version of the main package, such as "3.13.5".
    version = models.CharField(max_length=100, blank=True)
    #: The tag that never moves, "<stream>-YYYYMMDDHHMM".
    unique_tag = models.CharField(max_length=128)
    published_at = models.DateTimeField(db_index=True)
    #: Compressed bytes of the default platform.
    size = models.PositiveBigIntegerField()
    #: {architecture: {"digest", "size", "layers": [{"digest","size"}], "config": {...}}}
    platforms = models.JSONField(default=dict)
    #: The engine's spec and lock that made it.
    spec = models.JSONField(default=dict)
    lock = models.JSONField(default=dict)
    #: The test spec it passed; what is made upon it must pass what of this still applies.
    tests = models.JSONField(default=dict)
    tested = models.CharField(max_length=10, choices=Tested.choices)
    #: {"passed": n, "total": n, "architectures": [...], "runner": "runc"}
    test_summary = models.JSONField(default=dict)
    signing_key = models.CharField(max_length=100)
    build = models.UUIDField(null=True, default=None)

    class Meta:
        ordering = ["-published_at"]
        constraints = [models.UniqueConstraint(fields=["repository", "digest"], name="release_once")]
        indexes = [
            models.Index(fields=["stream", "-published_at"], name="releases_of_stream"),
            models.Index(fields=["repository", "-published_at"], name="releases_by_time"),
        ]

    def __str__(self) -> str:
        return self.unique_tag

    @property
    def package_links(self) -> PackageSpanQuerySet:
        """What it holds; each span has `version`."""
        return PackageSpan.objects.of_line(self.repository_id, self.stream_id).at(self.pk)
