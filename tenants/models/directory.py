"""A tenant's LDAP server."""

from __future__ import annotations

from django.db import models

from tenants.roles import Role
from tenants.scope import TenantManager


class Directory(models.Model):
    """How to reach one LDAP server of one tenant, and which of its groups give which role."""

    class GroupType(models.TextChoices):
        GROUP_OF_NAMES = "groupOfNames"
        POSIX_GROUP = "posixGroup"
        ACTIVE_DIRECTORY = "activeDirectory"

    class Encryption(models.TextChoices):
        NONE = "none"
        STARTTLS = "starttls"
        LDAPS = "ldaps"

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="directories")
    name = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)
    #: One `ldap://` or `ldaps://` address a line, tried in order.
    uris = models.TextField()
    encryption = models.CharField(max_length=8, choices=Encryption.choices, default=Encryption.STARTTLS)
    ca_certificates = models.TextField(blank=True)
    bind_dn = models.CharField(max_length=500, blank=True)
    #: Encrypted with a key derived from SECRET_KEY; see `tenants.secrets`.
    bind_secret = models.TextField(blank=True)
    user_base = models.CharField(max_length=500)
    user_filter = models.CharField(max_length=500, default="(objectClass=inetOrgPerson)")
    login_attribute = models.CharField(max_length=60, default="uid")
    group_base = models.CharField(max_length=500, blank=True)
    group_type = models.CharField(max_length=20, choices=GroupType.choices, default=GroupType.GROUP_OF_NAMES)
    #: {group DN or cn: role}; the strongest role wins.
    group_roles = models.JSONField(default=dict)
    default_role = models.CharField(max_length=10, choices=Role.choices, blank=True)
    timeout_seconds = models.PositiveSmallIntegerField(default=5)

    objects = TenantManager["Directory"]()
    unscoped: models.Manager[Directory] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="directory_name_per_tenant")]

    def __str__(self) -> str:
        return self.name
