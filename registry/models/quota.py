"""How much a tenant may store."""

from __future__ import annotations

from django.db import models


class Quota(models.Model):
    """The most bytes that a tenant's repositories may hold together; without a row there is no limit.

    What is stored is counted when it is asked for (`registry.quota`), so that no counter can drift.
    """

    tenant = models.OneToOneField("tenants.Tenant", models.CASCADE, primary_key=True, related_name="quota")
    most_bytes = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.most_bytes}"
