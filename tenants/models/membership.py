"""Roles: what a person may do in a tenant, and on the platform."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from tenants.compiled import Compiled, compiled
from tenants.roles import PlatformRole, Role

if TYPE_CHECKING:
    from tenants.models.tenant import Tenant


#: Where a person's source is found from the membership, and the person's column that names it.
_SOURCES = {"user__directory": "directory_id", "provider": "provider_id"}


class MembershipManager(models.Manager["Membership"]):
    def of(self, user: AbstractBaseUser | AnonymousUser, tenant: Tenant) -> Membership | None:
        """The person's membership that counts, or None. A source's people belong to its tenant alone."""
        if not user.is_authenticated or not user.is_active:
            return None
        sources = [path for path, key in _SOURCES.items() if getattr(user, key, None) is not None]
        found = _with(*sources).first(user.pk, tenant.pk)
        if found is None or found.user.provider_id != found.provider_id or found.has_lapsed:
            return None
        source = found.user.directory or found.provider
        if source is not None and (source.tenant_id != tenant.pk or not source.is_active):
            return None
        if source is None and tenant.requires_sso and not found.has_old_second_factor():
            return None
        return found


@cache
def _with(*sources: str) -> Compiled[[int, int], Membership]:
    """The membership of a person with the source that the person comes from in the same query; most are of none."""

    @compiled
    def of(user: int, tenant: int) -> models.QuerySet[Membership]:
        return Membership.objects.filter(user=user, tenant=tenant).select_related("user", *sources)[:1]

    return of


class Membership(models.Model):
    """A person's role in one tenant. `directory` or `provider` is set when its groups decide the role."""

    user = models.ForeignKey("tenants.User", models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    directory = models.ForeignKey("tenants.Directory", models.CASCADE, null=True, blank=True)
    provider = models.ForeignKey("tenants.IdentityProvider", models.CASCADE, null=True, blank=True)
    #: The group that gave the role, where a source decides; "" for its default role.
    because = models.CharField(max_length=300, blank=True)
    #: When the provider vouched for the person last, which it does at a sign-in; null where none does.
    vouched_at = models.DateTimeField(null=True, blank=True)
    #: Since when this owner may come in without single sign-on where that is required; see `tenants.sso`.
    break_glass_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "tenant"], name="one_role_per_tenant")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.tenant}"

    def has_old_second_factor(self) -> bool:
        """Marked for emergencies, and with a second factor that was there before the mark."""
        if self.break_glass_at is None or self.role != Role.OWNER:
            return False
        from allauth.mfa.models import Authenticator  # its models need ours to be ready

        kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
        found = Authenticator.objects.filter(
            user=self.user_id, type__in=kinds, created_at__lte=self.break_glass_at
        )
        return bool(found.exists())

    @property
    def counts_until(self) -> datetime | None:
        """When it stops to count unless the person signs in by their provider before; None for never."""
        if self.provider is None:
            return None
        return (self.vouched_at or self.created_at) + timedelta(days=self.provider.vouched_days)

    @property
    def has_lapsed(self) -> bool:
        """A provider is asked at a sign-in alone, and the newest is too long ago."""
        until = self.counts_until
        return until is not None and until <= timezone.now()

    @property
    def is_given_here(self) -> bool:
        """People of the tenant decide the role, not a directory or provider."""
        return self.directory_id is None and self.provider_id is None


class PlatformMembership(models.Model):
    """A role on the platform itself."""

    user = models.OneToOneField("tenants.User", models.CASCADE, related_name="platform_membership")
    role = models.CharField(max_length=10, choices=PlatformRole.choices)

    def __str__(self) -> str:
        return f"{self.user} is platform {self.role}"
