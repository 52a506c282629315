"""Images (the products of the catalogue) and their version streams."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Image(models.Model):
    """One product, kept in one platform repository."""

    class Category(models.TextChoices):
        BASE = "base", _("Base")
        LANGUAGE = "language", _("Languages")
        DATABASE = "database", _("Databases")
        WEB = "web", _("Web servers")
        MESSAGING = "messaging", _("Messaging")
        OBSERVABILITY = "observability", _("Observability")
        TOOL = "tool", _("Tools")

    name = models.CharField(max_length=120, unique=True)
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300)
    #: Markdown; foreign text, sanitised where it is shown.
    description = models.TextField(blank=True)
    category = models.CharField(max_length=20, choices=Category.choices)
    homepage = models.URLField(blank=True)
    #: Open to every tenant without an entitlement.
    is_free = models.BooleanField(default=False)
    #: Also shown, as available, to tenants that are not entitled to it.
    is_listed = models.BooleanField(default=False)
    #: What else people call it, such as "golang" and "postgresql".
    other_names = models.JSONField(default=list)
    #: Upstream references that this image replaces, such as "docker.io/library/redis".
    replaces = models.JSONField(default=list)
    repository = models.OneToOneField("registry.Repository", models.PROTECT, related_name="image")
    created_at = models.DateTimeField(auto_now_add=True)

    # What its streams and their newest releases say, so that a list of thousands need not ask them.
    # Written by `catalog.shelf` only.
    #: Newest release of the first stream that has one.
    newest = models.ForeignKey("catalog.Release", models.SET_NULL, null=True, blank=True, related_name="+")
    #: When that was published and how large it is (bytes), to sort by.
    newest_at = models.DateTimeField(null=True, blank=True)
    newest_size = models.BigIntegerField(null=True, blank=True)
    #: Each with a space on either side.
    variants = models.CharField(max_length=100, blank=True)
    architectures = models.CharField(max_length=200, blank=True)
    #: When the last of its streams ends; null when one has no end.
    ends_on = models.DateField(null=True, blank=True)
    #: In small letters, to be searched: names and references; summary and the start of the description.
    names = models.TextField(blank=True)
    words = models.TextField(blank=True)
    #: Variants, architectures and category between bars: what lists count, in one.
    said = models.CharField(max_length=330, default="||")

    class Meta:
        ordering = ["name"]
        indexes = [
            # All that `catalog.listing` reads of thousands: a tenth of the bytes of the rows themselves.
            models.Index(
                fields=[
                    *("name", "repository", "said", "ends_on", "is_listed", "is_free"),
                    *("newest_at", "newest_size"),
                ],
                name="facts_of_images",
            ),
            # And whether each is free, to be counted beside a search.
            models.Index(fields=["repository", "is_free"], name="free_images"),
            # What one may be compared with.
            models.Index(
                fields=["category", "repository"],
                condition=models.Q(newest_at__isnull=False),
                name="released_of_category",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VersionStream(models.Model):
    """A line of releases that one moving tag follows, such as python 3.13 in the runtime variant."""

    class Variant(models.TextChoices):
        RUNTIME = "runtime", _("Runtime")
        DEV = "dev", _("Dev")
        FIPS = "fips", _("FIPS")

    image = models.ForeignKey(Image, models.CASCADE, related_name="streams")
    #: The moving tag, such as "3.13" or "3.13-dev".
    name = models.CharField(max_length=100)
    variant = models.CharField(max_length=10, choices=Variant.choices, default=Variant.RUNTIME)
    #: Further moving tags that follow this stream, such as "3" and "latest".
    aliases = models.JSONField(default=list)
    is_latest = models.BooleanField(default=False)
    eol_on = models.DateField(null=True, blank=True)
    #: Definition as the engine takes it (a canonical spec); what a golden image builds upon.
    spec = models.JSONField(default=dict)
    #: What must hold in the sandbox before a tag moves, as the engine's test spec reads it.
    tests = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "name"], name="stream_once_per_image")]

    def __str__(self) -> str:
        return f"{self.image.name}:{self.name}"
