"""Interned package facts: which releases contain which version of what."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Package(models.Model):
    """A package name of one ecosystem ("deb" or "apk")."""

    ecosystem = models.CharField(max_length=10)
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ecosystem", "name"], name="package_once")]
        # For `begins`: in the order of bytes, on PostgreSQL too.
        indexes = [models.Index(fields=["name"], name="packages_by_name", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return self.name


class PackageVersion(models.Model):
    """A version, with a byte key whose plain order is the version order of the ecosystem."""

    package = models.ForeignKey(Package, models.CASCADE, related_name="versions")
    version = models.CharField(max_length=200)
    key = models.BinaryField()
    source = models.CharField(max_length=200, blank=True)
    licences = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["package", "version"], name="package_version_once")]
        indexes = [models.Index(fields=["package", "key"], name="versions_in_order")]

    def __str__(self) -> str:
        return self.version


class PackageSpanQuerySet(models.QuerySet["PackageSpan"]):
    def of_line(self, repository_id: int, stream_id: int | None) -> PackageSpanQuerySet:
        """What the releases of a stream, or of a repository outside any, have ever held."""
        return self.filter(repository_id=repository_id, stream_id=stream_id)

    def at(self, release_id: int) -> PackageSpanQuerySet:
        """What one release of a line holds."""
        return self.filter(Q(until=None) | Q(until__gt=release_id), since__lte=release_id)

    def newest(self) -> PackageSpanQuerySet:
        """What the newest release of each line holds."""
        return self.filter(until=None)


class PackageSpan(models.Model):
    """Consecutive releases of one line hold a package version.

    A line is the releases of a repository that follow one stream, or none. Releases of a line differ in a few
    packages of many, so spans are a fifteenth of the rows that one for each release and package would be.
    Written by `catalog.contents` only.
    """

    repository = models.ForeignKey(
        "registry.Repository", models.CASCADE, related_name="package_spans", db_index=False
    )
    stream = models.ForeignKey(
        "catalog.VersionStream", models.CASCADE, null=True, blank=True, related_name="package_spans"
    )
    version = models.ForeignKey(PackageVersion, models.PROTECT, related_name="spans", db_index=False)
    #: Id of the first release that holds it.
    since = models.BigIntegerField()
    #: Id of the first release after it that does not; null while the newest does.
    until = models.BigIntegerField(null=True, blank=True)

    objects = PackageSpanQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["repository", "stream"], name="spans_of_line"),
            # All that "which repositories hold it" asks: no row is read.
            models.Index(fields=["version", "repository", "until"], name="spans_of_holders"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} from {self.since}"
