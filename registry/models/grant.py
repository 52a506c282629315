"""Grants: what a tenant sees of a platform repository, and under which name."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class GrantQuerySet(models.QuerySet["Grant"]):
    def of(self, tenant_id: int) -> GrantQuerySet:
        return self.filter(tenant_id=tenant_id)

    def in_force(self) -> GrantQuerySet:
        """Started, not ended, not on hold."""
        now = timezone.now()
        return self.filter(Q(starts_at=None) | Q(starts_at__lte=now), is_on_hold=False).filter(
            Q(ends_at=None) | Q(ends_at__gt=now)
        )


class Grant(models.Model):
    """Nothing is copied: the tenant reads the platform's own rows through this one."""

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="grants")
    #: The repository's name on the tenant's host.
    name = models.CharField(max_length=200)
    repository = models.ForeignKey("registry.Repository", models.CASCADE, related_name="grants")
    #: fnmatch patterns; a tag is shown when any matches.
    tag_patterns = models.JSONField(default=list)
    is_latest_only = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    is_on_hold = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="grant_name_per_tenant"),
            models.UniqueConstraint(fields=["tenant", "repository"], name="grant_once_per_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.name} for {self.tenant}"


class HeldTag(models.Model):
    """A tenant keeps a tag at a digest of its choice while the source moves on."""

    grant = models.ForeignKey(Grant, models.CASCADE, related_name="held_tags")
    name = models.CharField(max_length=128)
    manifest = models.ForeignKey("registry.Manifest", models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grant", "name"], name="held_once")]

    def __str__(self) -> str:
        return self.name
