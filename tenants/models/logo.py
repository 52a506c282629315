"""A tenant's logo."""

from __future__ import annotations

from django.db import models


class Logo(models.Model):
    """A PNG that we wrote ourselves from what was given; see `tenants.branding`. Its hash stands on the tenant."""

    tenant = models.OneToOneField("tenants.Tenant", models.CASCADE, primary_key=True, related_name="logo")
    png = models.BinaryField()

    def __str__(self) -> str:
        return f"logo of {self.tenant}"
