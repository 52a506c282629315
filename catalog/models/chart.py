"""Helm charts, stored as OCI artifacts."""

from __future__ import annotations

from django.db import models

#: Kinds of objects that people look for first, in this order.
RUNNING = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Service")


class Chart(models.Model):
    """A Helm chart, of the platform or of a tenant, as its repository is; that one is named `charts/<name>`."""

    name = models.CharField(max_length=120)
    summary = models.CharField(max_length=300)
    repository = models.OneToOneField("registry.Repository", models.PROTECT, related_name="chart")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ChartVersion(models.Model):
    """One published version; `images` pins each image it deploys by digest."""

    chart = models.ForeignKey(Chart, models.CASCADE, related_name="versions")
    #: As long as the tag may be that it was pushed as.
    version = models.CharField(max_length=128)
    app_version = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=140)
    metadata = models.JSONField(default=dict)
    readme = models.TextField(blank=True)
    values = models.TextField(blank=True)
    values_schema = models.JSONField(null=True, blank=True)
    #: [{"image": name, "tag": tag, "digest": digest}]
    images = models.JSONField(default=list)
    #: Images of the catalogue that it deploys.
    deploys = models.ManyToManyField("catalog.Image", related_name="chart_versions")
    #: What can be set, as `catalog.charts.options.Option`; where images are named, as `catalog.charts.places.Place`.
    options = models.JSONField(default=list)
    places = models.JSONField(default=list)
    #: [{"path", "size", "kinds": [...]}] of what becomes objects of a cluster.
    templates = models.JSONField(default=list)
    #: The hint of the key that signed it; "" while it is not signed, and for charts of tenants.
    signing_key = models.CharField(max_length=100, blank=True)
    #: Why a chart that was pushed cannot be read, as "code: sentence"; the registry serves it all the same.
    trouble = models.CharField(max_length=300, blank=True)
    #: Bytes of the archive; 0 for a version that was published before any of this was written down.
    size = models.PositiveBigIntegerField(default=0)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["-published_at"]
        constraints = [models.UniqueConstraint(fields=["chart", "version"], name="chart_version_once")]
        indexes = [models.Index(fields=["chart", "-published_at"], name="versions_of_chart")]

    def __str__(self) -> str:
        return self.version

    @property
    def kinds(self) -> list[str]:
        """Kinds of objects that its templates become, what runs first."""
        found = dict.fromkeys(kind for one in self.templates for kind in one["kinds"])
        return sorted(found, key=lambda kind: RUNNING.index(kind) if kind in RUNNING else len(RUNNING))
