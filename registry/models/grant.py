"""Grants: what a tenant sees of a platform repository, and under which name."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from registry.models.repository import Repository
from registry.names import is_unique_tag, matches
from tenants.compiled import moment


def in_force(*, of: int, through: str = "") -> Q:
    """The grants of the tenant `of` that have started, not ended, and are not on hold.

    `through` leads to them from another model, such as "repository__grants__": one join instead of a list of all.
    """
    return Q(**{f"{through}tenant_id": of}) & _now(through)


def _now(through: str = "") -> Q:
    now = moment()
    starts = Q(**{f"{through}starts_at": None}) | Q(**{f"{through}starts_at__lte": now})
    ends = Q(**{f"{through}ends_at": None}) | Q(**{f"{through}ends_at__gt": now})
    return Q(**{f"{through}is_on_hold": False}) & starts & ends


#: Not every tag is shown.
_HIDES = ~Q(tag_patterns=["*"], streams=[], is_latest_only=False)


class GrantQuerySet(models.QuerySet["Grant"]):
    def of(self, tenant_id: int) -> GrantQuerySet:
        return self.filter(tenant_id=tenant_id)

    def in_force(self) -> GrantQuerySet:
        """Started, not ended, not on hold."""
        return self.filter(_now())

    def that_hide(self) -> GrantQuerySet:
        """Those by which not every tag is shown."""
        return self.filter(_HIDES)

    def by_repository(self) -> models.QuerySet[Grant, tuple[int, bool]]:
        """Their repositories, each with whether the grant is one of `that_hide`."""
        # As the database says it: of thousands each would be made a truth by itself.
        said = self.annotate(is_limited=models.ExpressionWrapper(_HIDES, models.Field()))
        return said.values_list("repository_id", "is_limited")

    def looking_for_pins(self) -> GrantQuerySet:
        """Each with `has_pins`: whether its tenant pins a tag now."""
        pins = HeldTag.objects.in_force().filter(grant=models.OuterRef("pk"))
        return self.annotate(has_pins=models.Exists(pins))


class Grant(models.Model):
    """Nothing is copied: the tenant reads the platform's own rows through this one."""

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="grants")
    #: The repository's name on the tenant's host.
    name = models.CharField(max_length=200)
    repository = models.ForeignKey("registry.Repository", models.CASCADE, related_name="grants")
    #: fnmatch patterns; a tag is shown when any matches.
    tag_patterns = models.JSONField(default=list)
    #: Names of version streams; only their tags are shown. Empty: of all, and tags of none.
    streams = models.JSONField(default=list)
    #: Only `latest` and its variants, and nothing that they were before.
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

    @property
    def hides(self) -> bool:
        """Whether it is one `that_hide` finds."""
        return self.tag_patterns != ["*"] or bool(self.streams) or self.is_latest_only

    def history_from(self, repository: Repository) -> datetime:
        """Since when what tags of its repository left counts as shown."""
        return max(self.starts_at or self.created_at, repository.kept_since)

    def shows(self, tag: str, stream: str) -> bool:
        """Whether the rule lets a tag of that stream ("" for none) be seen; never mind what exists."""
        return self.shows_name(tag) and (not self.streams or stream in self.streams)

    def shows_name(self, tag: str) -> bool:
        """The part of `shows` that only the name decides."""
        is_named = self.tag_patterns == ["*"] or matches(tag, self.tag_patterns)
        return is_named and (not self.is_latest_only or _is_latest(tag))


def _is_latest(tag: str) -> bool:
    # A stream may be called "latest" itself: its unique tags are its past.
    return tag == "latest" or (tag.startswith("latest-") and not is_unique_tag(tag))


class HeldTagQuerySet(models.QuerySet["HeldTag"]):
    def in_force(self) -> HeldTagQuerySet:
        return self.filter(ended_at=None)


class HeldTag(models.Model):
    """A pin: a tenant keeps a tag at a digest of its choice while the source moves on.

    It says what the tag answers, and adds to what may be pulled; it takes nothing away. When it ends the row
    stays, since for the repository's retention its digest was a tag's.
    """

    grant = models.ForeignKey(Grant, models.CASCADE, related_name="held_tags")
    name = models.CharField(max_length=128)
    manifest = models.ForeignKey("registry.Manifest", models.PROTECT, related_name="+")
    #: The stream the digest was published to, as on the tag it was taken from.
    stream = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=254, blank=True)
    #: Why the digest was withdrawn, or "".
    withdrawn = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = HeldTagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "name"], condition=models.Q(ended_at=None), name="held_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
