"""Helm charts, stored as OCI artifacts."""

from __future__ import annotations

from django.db import models


class Chart(models.Model):
    """A Helm chart of the catalogue; its repository is named `charts/<name>`."""

    name = models.CharField(max_length=120, unique=True)
    summary = models.CharField(max_length=300)
    repository = models.OneToOneField("registry.Repository", models.PROTECT, related_name="chart")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ChartVersion(models.Model):
    """One published version; `images` pins each image it deploys by digest."""

    chart = models.ForeignKey(Chart, models.CASCADE, related_name="versions")
    version = models.CharField(max_length=100)
    app_version = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=140)
    metadata = models.JSONField(default=dict)
    readme = models.TextField(blank=True)
    values = models.TextField(blank=True)
    values_schema = models.JSONField(null=True, blank=True)
    #: [{"image": name, "tag": tag, "digest": digest}]
    images = models.JSONField(default=list)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["-published_at"]
        constraints = [models.UniqueConstraint(fields=["chart", "version"], name="chart_version_once")]

    def __str__(self) -> str:
        return self.version
