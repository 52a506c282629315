"""Manifests (global, by digest), what they are made of, and where they may be seen.

The closure of a manifest follows from its content, so `ManifestChild`, `ManifestBlob` and `Reach` are
global facts; rights come only from `RepositoryManifest`, `Tag` and `TagEvent`, which name a repository.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q, Sum, Window


class ManifestQuerySet(models.QuerySet["Manifest"]):
    def as_many_as_have(self, most: int) -> tuple[list[Manifest], bool]:
        """Those with the first digests, `most` bytes of them but without these; and whether there are others."""
        sizes = {"so_far": Window(Sum("size"), order_by="digest"), "together": Window(Sum("size"))}
        first = self.alias(**sizes).filter(Q(so_far__lte=most)).annotate(is_cut=Q(together__gt=most))
        found: list[Any] = list(first.defer("content").order_by("digest"))
        return found, any(one.is_cut for one in found)


class Manifest(models.Model):
    """The bytes of an image manifest or index, exactly as pushed (at most 4 MiB)."""

    digest = models.CharField(max_length=140, unique=True)
    media_type = models.CharField(max_length=120)
    artifact_type = models.CharField(max_length=255, blank=True)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    annotations = models.JSONField(default=dict)
    #: Digest that `subject` names, or "".
    subject = models.CharField(max_length=140, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ManifestQuerySet.as_manager()

    def __str__(self) -> str:
        return self.digest


class ManifestChild(models.Model):
    """An index lists a manifest."""

    parent = models.ForeignKey(Manifest, models.CASCADE, related_name="child_links")
    child = models.ForeignKey(Manifest, models.CASCADE, related_name="parent_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parent", "child"], name="child_once")]

    def __str__(self) -> str:
        return f"{self.parent_id} lists {self.child_id}"


class ManifestBlob(models.Model):
    """A manifest names a blob as its config or a layer."""

    manifest = models.ForeignKey(Manifest, models.CASCADE, related_name="blob_links")
    blob = models.ForeignKey("registry.Blob", models.PROTECT, related_name="manifest_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["manifest", "blob"], name="manifest_blob_once")]

    def __str__(self) -> str:
        return f"{self.manifest_id} holds {self.blob_id}"


class Reach(models.Model):
    """`manifest` is `root` or is listed, at any depth, below it. Written by push and publish."""

    root = models.ForeignKey(Manifest, models.CASCADE, related_name="reach_down")
    manifest = models.ForeignKey(Manifest, models.CASCADE, related_name="reach_up")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["root", "manifest"], name="reach_once")]

    def __str__(self) -> str:
        return f"{self.root_id} reaches {self.manifest_id}"


class RepositoryManifest(models.Model):
    """A manifest is in a repository; `subject` repeats the manifest's for one indexed referrers query."""

    repository = models.ForeignKey("registry.Repository", models.CASCADE, related_name="manifest_links")
    manifest = models.ForeignKey(Manifest, models.CASCADE, related_name="repository_links")
    subject = models.CharField(max_length=140, blank=True)
    pushed_at = models.DateTimeField(auto_now_add=True)
    #: Why nobody should use it any more, or "". It may still be pulled, with a warning; no tag moves to it.
    withdrawn = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "manifest"], name="manifest_once_per_repository")
        ]
        # By subject first: of a page of releases they are looked for by digest alone.
        indexes = [models.Index(fields=["subject", "repository"], name="referrers_by_subject")]

    def __str__(self) -> str:
        return f"{self.repository_id}:{self.manifest_id}"
