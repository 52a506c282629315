"""Entitlements: the promise of an image or chart to a tenant. The registry's grant fulfils it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from catalog.models.chart import Chart
    from catalog.models.image import Image


class Entitlement(models.Model):
    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="entitlements")
    image = models.ForeignKey(
        "catalog.Image", models.CASCADE, null=True, blank=True, related_name="entitlements"
    )
    chart = models.ForeignKey(
        "catalog.Chart", models.CASCADE, null=True, blank=True, related_name="entitlements"
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(image__isnull=False) ^ models.Q(chart__isnull=False),
                name="entitlement_is_for_one_thing",
            ),
            models.UniqueConstraint(fields=["tenant", "image"], name="entitlement_once_per_image"),
            models.UniqueConstraint(fields=["tenant", "chart"], name="entitlement_once_per_chart"),
        ]

    def __str__(self) -> str:
        return f"{self.thing} for {self.tenant}"

    @property
    def thing(self) -> Image | Chart:
        """What it is for."""
        thing = self.image or self.chart
        if thing is None:
            message = "An entitlement is for one image or for one chart."
            raise ValueError(message)
        return thing
