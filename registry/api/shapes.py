"""What the JSON of repositories, tags and pins looks like. Shapes only: no rule, no query."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from registry import repositories
from registry.history import Kept
from registry.models import HeldTag, Repository


class RepositoryShape(serializers.ModelSerializer[Repository]):
    """A repository of your own."""

    immutable_tags = serializers.ListField(
        child=serializers.CharField(max_length=repositories.LONGEST_PATTERN),
        help_text="Patterns of tags that never move once written.",
    )
    retention_days = serializers.IntegerField(min_value=1, max_value=repositories.MOST_DAYS)

    class Meta:
        model = Repository
        fields = ["name", "is_public", "is_push_allowed", "immutable_tags", "retention_days", "created_at"]
        read_only_fields = ["name", "is_push_allowed", "created_at"]


class NewRepositoryShape(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)


class LineShape(serializers.Serializer[Any]):
    """One movement of a tag."""

    at = serializers.DateTimeField()
    digest = serializers.CharField(
        help_text="Empty when the tag was deleted or is not shown to you any more."
    )
    previous = serializers.CharField()
    actor = serializers.CharField()
    reason = serializers.CharField()
    build = serializers.UUIDField(allow_null=True)
    kept = serializers.ChoiceField(
        choices=list(Kept), allow_null=True, help_text="Whether you may still pull the digest."
    )


class TagStateShape(serializers.Serializer[Any]):
    """A tag as you see it now, or as it was at the time you asked for."""

    name = serializers.CharField()
    digest = serializers.CharField()
    since = serializers.DateTimeField()
    is_immutable = serializers.BooleanField()
    is_pinned = serializers.BooleanField()
    kept = serializers.ChoiceField(choices=list(Kept))


class ChangeShape(serializers.Serializer[Any]):
    """Where a tag shall be, and why."""

    digest = serializers.CharField(max_length=140)
    reason = serializers.CharField(max_length=200)


class PinShape(serializers.ModelSerializer[HeldTag]):
    """A tag that stays where it is for you."""

    repository = serializers.CharField(source="grant.name")
    digest = serializers.CharField(source="manifest.digest")

    class Meta:
        model = HeldTag
        fields = ["repository", "name", "digest", "reason", "actor", "created_at"]
