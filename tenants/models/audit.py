"""The audit trail: append-only, hash-chained per tenant."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One fact: who did what to which object, from where. Written only by `tenants.audit.record`.

    `hash` is SHA-256 over `previous` and the entry's canonical JSON, so that a changed or removed
    entry breaks the chain of its tenant (or of the platform, where `tenant` is null).
    """

    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, null=True, blank=True)
    #: "platform", or the tenant's id: what `sequence` counts in.
    chain = models.CharField(max_length=20)
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=254)
    verb = models.CharField(max_length=60)
    object = models.CharField(max_length=300)
    address = models.CharField(max_length=45, blank=True)
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="audit_sequence_in_chain")]

    def __str__(self) -> str:
        return f"{self.actor} {self.verb} {self.object}"
