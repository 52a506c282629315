"""An invitation by e-mail."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from tenants.roles import Role
from tenants.scope import TenantManager


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        """Neither taken nor taken back; it may have expired."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(models.Model):
    """Whoever has the link that was sent to `email` may join the tenant, once. Only the secret's hash is kept."""

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices)
    sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    #: When the newest mail went out; null while none did.
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(InvitationQuerySet)()
    unscoped = models.Manager.from_queryset(InvitationQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation_each",
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()
