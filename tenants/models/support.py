"""Visits of platform support."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from tenants.roles import Role

if TYPE_CHECKING:
    from tenants.models.tenant import Tenant


class SupportVisitQuerySet(models.QuerySet["SupportVisit"]):
    def in_force(self) -> SupportVisitQuerySet:
        return self.filter(left_at=None, ends_at__gt=timezone.now())

    def of(self, user: AbstractBaseUser | AnonymousUser, tenant: Tenant) -> SupportVisitQuerySet:
        """A person's visits to a tenant; none once the person has no role on the platform any more."""
        return self.filter(
            user=user.pk, user__is_active=True, user__platform_membership__isnull=False, tenant=tenant
        )


class SupportVisit(models.Model):
    """For a while, someone of the platform sees a tenant as one of its roles does, under their own name.

    Nobody ever acts as somebody else: what a visitor does is told under the visitor's name, and the tenant sees
    who came, why, and until when.
    """

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="support_visits")
    user = models.ForeignKey("tenants.User", models.CASCADE, related_name="support_visits")
    role = models.CharField(max_length=10, choices=Role.choices)
    reason = models.CharField(max_length=200)
    began_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()
    #: When it was ended before its time, by the visitor or by the tenant.
    left_at = models.DateTimeField(null=True, blank=True)

    objects = SupportVisitQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["tenant", "user", "ends_at"], name="support_visits_in_force")]

    def __str__(self) -> str:
        return f"{self.user} at {self.tenant} until {self.ends_at:%Y-%m-%d %H:%M}"

    @property
    def is_in_force(self) -> bool:
        return self.left_at is None and self.ends_at > timezone.now()
