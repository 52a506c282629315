"""Interned package facts: which release contains which version of what."""

from __future__ import annotations

from django.db import models


class Package(models.Model):
    """A package name of one ecosystem ("deb" or "apk")."""

    ecosystem = models.CharField(max_length=10)
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ecosystem", "name"], name="package_once")]

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


class ReleasePackage(models.Model):
    """A release contains a package version. Millions of these: no further column belongs here."""

    release = models.ForeignKey("catalog.Release", models.CASCADE, related_name="package_links")
    version = models.ForeignKey(PackageVersion, models.PROTECT, related_name="release_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "version"], name="release_package_once")]

    def __str__(self) -> str:
        return f"{self.release_id}:{self.version_id}"
