"""What the changelog of a package says of vulnerabilities."""

from __future__ import annotations

from django.db import models


class Changelog(models.Model):
    """Of one package version; there is none where the package carries none, or nobody read it."""

    version = models.OneToOneField("catalog.PackageVersion", models.CASCADE, related_name="changelog")
    #: [[version, ISO date or "", [names]]], newest first: entries of the changelog that name any.
    entries = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"changelog of {self.version_id}"
