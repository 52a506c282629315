"""Access tokens: how machines (and `docker login`) identify themselves."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cached_property

from django.db import models
from django.db.models import Q

from tenants.models.membership import Membership
from tenants.roles import Permission, Role, role_may
from tenants.scope import TenantManager

ACTION_NEEDS = {
    "pull": Permission.IMAGE_PULL,
    "push": Permission.IMAGE_PUSH,
    "build": Permission.BUILD_START,
    "manage": Permission.REPOSITORY_MANAGE,
}


class AccessToken(models.Model):
    """A secret shown once; only its SHA-256 is kept. Acts with its owner's role, narrowed by its scope."""

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="access_tokens")
    #: The person it acts for; null for a workload's, which acts by a trust policy.
    user = models.ForeignKey(
        "tenants.User", models.CASCADE, null=True, blank=True, related_name="access_tokens"
    )
    policy = models.ForeignKey(
        "tenants.TrustPolicy", models.CASCADE, null=True, blank=True, related_name="access_tokens"
    )
    name = models.CharField(max_length=80)
    #: First characters of the secret, so that people can tell tokens apart.
    hint = models.CharField(max_length=16)
    sha256 = models.CharField(max_length=64, unique=True)
    #: Subset of ACTION_NEEDS' keys.
    actions = models.JSONField(default=list)
    #: fnmatch pattern of repository names.
    repositories = models.CharField(max_length=200, default="*")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["AccessToken"]()
    unscoped: models.Manager[AccessToken] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, policy__isnull=True)
                | Q(user__isnull=True, policy__isnull=False),
                name="token_acts_for_person_or_policy",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    def holder(self) -> str:
        """Who uses it, for the history of tags: a person, or a workload with the policy that let it in."""
        return f"{self.user} ({self.name})" if self.user else f"{self.name} (policy {self.policy})"

    @cached_property
    def role(self) -> str | None:
        """The owner's role in the tenant now (read once per instance), or None when there is none.

        A workload has a builder's, narrowed by its policy, while that is enforced.
        """
        if self.policy is not None:
            return Role.BUILDER if self.policy.lets_in else None
        if self.user is None:
            return None
        membership = Membership.objects.of(self.user, self.tenant)
        return membership.role if membership else None

    def may(self, action: str, repository: str) -> bool:
        """Whether the token does `action` ("pull", "push", …) on a repository of its tenant.

        `repository` is the name inside the tenant, without the tenant's slug. Its owner's role counts too.
        """
        if action not in self.actions or not fnmatchcase(repository, self.repositories):
            return False
        return self.role is not None and role_may(self.role, ACTION_NEEDS[action])
