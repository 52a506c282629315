"""A repository: a name under which manifests, blobs and tags are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from registry import statements
from registry.errors import NameUnknown
from registry.statements import Limits


class RepositoryQuerySet(models.QuerySet["Repository"]):
    def of_platform(self) -> RepositoryQuerySet:
        return self.filter(tenant=None, is_staging=False)

    def owned_by(self, tenant_id: int) -> RepositoryQuerySet:
        return self.filter(tenant_id=tenant_id, is_staging=False)


class Repository(models.Model):
    """Owned by a tenant, or by the platform (`tenant` null) and then seen through grants only.

    A build's staging is a repository of its own (`is_staging`), named `staging/<build id>`: reachable on the
    portal host with that build's worker key, and by nobody else.
    """

    tenant = models.ForeignKey(
        "tenants.Tenant", models.CASCADE, null=True, blank=True, related_name="repositories"
    )
    name = models.CharField(max_length=200)
    is_staging = models.BooleanField(default=False)
    #: Staging only: SHA-256 of the worker key that may pull and push here.
    key_sha256 = models.CharField(max_length=64, blank=True)
    #: Staging only: SHA-256 of the key, made of that one, that may only pull.
    pull_key_sha256 = models.CharField(max_length=64, blank=True)
    #: Staging only: the repository whose blobs the worker may mount (the build's base).
    mounts_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    #: Anyone may pull it, without a token.
    is_public = models.BooleanField(default=False)
    #: Tenants may push to it with their own tools; otherwise only publishing moves its tags.
    is_push_allowed = models.BooleanField(default=False)
    #: fnmatch patterns of tags that never move once written.
    immutable_tags = models.JSONField(default=list)
    retention_days = models.PositiveIntegerField(default=90)
    quota_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RepositoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(tenant=None), name="platform_repository_name"
            ),
            models.UniqueConstraint(
                fields=["tenant", "name"],
                condition=models.Q(tenant__isnull=False),
                name="tenant_repository_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kept_since(self) -> datetime:
        """A digest that a tag left after this is kept."""
        return timezone.now() - timedelta(days=self.retention_days)

    @property
    def lists_every_tag(self) -> bool:
        """Whether lists name companion tags too: whoever pushes here looks for their own."""
        return self.is_push_allowed or self.is_staging

    def lock(self) -> Limits:
        """Until the transaction ends, nobody else changes what is here. Pulls never wait.

        What decides over a write is read again, so that it may be remembered for a while before. Taken before
        a lock on any blob or manifest, always, so that no two wait for each other. Raises NameUnknown when the
        repository is gone.
        """
        found = statements.lock_repository(self.pk)
        if found is None:
            raise NameUnknown
        self.immutable_tags, self.quota_bytes = found.immutable_tags, found.quota_bytes
        return found
