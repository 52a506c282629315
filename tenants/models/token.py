"""Access tokens: how machines (and `docker login`) identify themselves."""

from __future__ import annotations

from django.db import models

from tenants.scope import TenantManager


class AccessToken(models.Model):
    """A secret shown once; only its SHA-256 is kept. Acts with its owner's role, narrowed by its scope."""

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="access_tokens")
    user = models.ForeignKey("tenants.User", models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=80)
    #: First characters of the secret, so that people can tell tokens apart.
    hint = models.CharField(max_length=16)
    sha256 = models.CharField(max_length=64, unique=True)
    #: Subset of {"pull", "push", "build"}.
    actions = models.JSONField(default=list)
    #: fnmatch pattern of repository names.
    repositories = models.CharField(max_length=200, default="*")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["AccessToken"]()
    unscoped: models.Manager[AccessToken] = models.Manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"
