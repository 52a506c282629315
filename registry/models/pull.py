"""The pull audit."""

from __future__ import annotations

from django.db import models


class Pull(models.Model):
    """One manifest GET: who took what, with which client, from where. Written in batches."""

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, null=True, related_name="pulls")
    repository = models.ForeignKey("registry.Repository", models.CASCADE, related_name="pulls")
    digest = models.CharField(max_length=140)
    #: The tag that was asked for, or "".
    tag = models.CharField(max_length=128, blank=True)
    actor = models.CharField(max_length=254)
    client = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "at"], name="pulls_of_tenant")]

    def __str__(self) -> str:
        return f"{self.actor} {self.digest}"
