"""Roles: what a person may do in a tenant, and on the platform."""

from __future__ import annotations

from django.db import models

from tenants.roles import PlatformRole, Role


class Membership(models.Model):
    """A person's role in one tenant. `directory` is set when a directory's groups decide the role."""

    user = models.ForeignKey("tenants.User", models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    directory = models.ForeignKey("tenants.Directory", models.CASCADE, null=True, blank=True)
    #: The group that gave the role, where a directory decides; "" for its default role.
    because = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "tenant"], name="one_role_per_tenant")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.tenant}"


class PlatformMembership(models.Model):
    """A role on the platform itself."""

    user = models.OneToOneField("tenants.User", models.CASCADE, related_name="platform_membership")
    role = models.CharField(max_length=10, choices=PlatformRole.choices)

    def __str__(self) -> str:
        return f"{self.user} is platform {self.role}"
