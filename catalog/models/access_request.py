"""Requests for access: a tenant asks for an image that it is not entitled to."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AccessRequest(models.Model):
    """Waits until the platform grants or declines it, or the tenant takes it back."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("of a request", "open")
        GRANTED = "granted", _("granted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="access_requests")
    image = models.ForeignKey("catalog.Image", models.CASCADE, related_name="access_requests")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    #: What the tenant wants it for, and what the platform answered; foreign text.
    reason = models.CharField(max_length=300, blank=True)
    answer = models.CharField(max_length=300, blank=True)
    asked_by = models.CharField(max_length=254)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=254, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "image"], condition=models.Q(state="open"), name="asked_once"
            )
        ]
        indexes = [models.Index(fields=["state", "asked_at"], name="requests_by_state")]

    def __str__(self) -> str:
        return f"{self.image} for {self.tenant}: {self.state}"
