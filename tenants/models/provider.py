"""A tenant's OpenID Connect provider."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.roles import Role
from tenants.scope import TenantManager


def new_key() -> str:
    return secrets.token_hex(8)


class IdentityProvider(models.Model):
    """Where a tenant's people sign in by OpenID Connect, and which of their groups give which role."""

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="identity_providers")
    #: Stands in the address that the provider sends people back to; no two providers have the same.
    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    #: What the button on the sign-in page says.
    name = models.CharField(max_length=40)
    is_active = models.BooleanField(default=True)
    #: As the provider calls itself; its documents are below `/.well-known/` of this.
    issuer = models.CharField(max_length=300)
    client_id = models.CharField(max_length=190)
    #: Encrypted with a key derived from SECRET_KEY; see `tenants.secrets`.
    client_secret = models.TextField(blank=True)
    #: Asked for beside `openid`, blanks between.
    scopes = models.CharField(max_length=200, default="profile email", blank=True)
    #: The claim that lists a person's groups.
    groups_claim = models.CharField(max_length=100, default="groups", blank=True)
    #: {group: role}; the strongest role wins.
    group_roles = models.JSONField(default=dict, blank=True)
    default_role = models.CharField(max_length=10, choices=Role.choices, blank=True)
    #: A session lives so long; then the provider is asked again.
    session_hours = models.PositiveSmallIntegerField(
        default=12, validators=[MinValueValidator(1), MaxValueValidator(24 * 14)]
    )
    #: Roles and access tokens count so long after the person's newest sign-in.
    vouched_days = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager["IdentityProvider"]()
    unscoped: models.Manager[IdentityProvider] = models.Manager()

    #: The name of the keys that lead here, and the word for it in the audit trail.
    KIND = "provider"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="provider_name_per_tenant")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what could never let anybody in, or could be overheard."""
        wrong: dict[str, object] = {}
        if not _is_issuer(self.issuer):
            wrong["issuer"] = _("Give the issuer's https:// address, without a query.")
        if not isinstance(self.group_roles, dict) or not set(self.group_roles.values()) <= set(Role.values):
            wrong["group_roles"] = _("Each line gives one of the roles to a group.")
        if self.group_roles and not self.groups_claim:
            wrong["groups_claim"] = _("Say which claim lists the groups.")
        if not self.group_roles and not self.default_role:
            wrong["default_role"] = _("Choose a role for everyone, or give groups their roles.")
        if wrong:
            raise ValidationError(wrong)


def _is_issuer(address: str) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port or 443
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and bool(parts.hostname and port)
        and not (parts.username or parts.query or parts.fragment)
    )
