"""What the catalogue's JSON looks like. Shapes only: no rule, no query."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog import describing
from catalog.models import Image, Release, VersionStream


class StreamShape(serializers.ModelSerializer[VersionStream]):
    """A line of releases with the tag that follows it; `digest` is empty before the first release."""

    tag = serializers.CharField(source="name")
    aliases = serializers.ListField(child=serializers.CharField())
    digest = serializers.CharField(read_only=True)
    version = serializers.CharField(read_only=True)
    published_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = VersionStream
        fields = ["tag", "variant", "aliases", "is_latest", "eol_on", "digest", "version", "published_at"]

    def to_representation(self, stream: VersionStream) -> dict[str, Any]:
        # A page has hundreds of them, so no field is asked for its value.
        release: Release | None = self.context["newest"].get(stream.pk)
        return {
            "tag": stream.name,
            "variant": stream.variant,
            "aliases": stream.aliases,
            "is_latest": stream.is_latest,
            "eol_on": stream.eol_on,
            "digest": release.digest if release else "",
            "version": release.version if release else "",
            "published_at": release.published_at if release else None,
        }


class ImageShape(serializers.ModelSerializer[Image]):
    """An image of your catalogue. `name` is its repository on this host, `reference` what a client pulls."""

    name = serializers.CharField(source="shown_name")
    reference = serializers.SerializerMethodField()
    streams = StreamShape(many=True)

    class Meta:
        model = Image
        fields = ["name", "title", "summary", "category", "is_free", "reference", "streams"]

    @extend_schema_field(serializers.CharField())
    def get_reference(self, image: Any) -> str:
        return f"{self.context['request'].address.registry}/{image.shown_name}"


class ImageDetailShape(ImageShape):
    """An image with its description and what it replaces."""

    replaces = serializers.ListField(child=serializers.CharField())
    description = serializers.SerializerMethodField(help_text="Markdown.")

    class Meta(ImageShape.Meta):
        fields = [*ImageShape.Meta.fields, "description", "homepage", "replaces"]

    @extend_schema_field(serializers.CharField())
    def get_description(self, image: Any) -> str:
        return describing.described(image, self.get_reference(image))


class TagShape(serializers.Serializer[Any]):
    """A tag as you see it, holds included."""

    name = serializers.CharField()
    digest = serializers.CharField()
    media_type = serializers.CharField()
    is_immutable = serializers.BooleanField(help_text="This tag never moves.")
    is_held = serializers.BooleanField(help_text="You keep it where it is while its source moves on.")
    updated_at = serializers.DateTimeField()


class PlatformShape(serializers.Serializer[Any]):
    """The manifest of one architecture."""

    architecture = serializers.CharField()
    digest = serializers.CharField()
    size = serializers.IntegerField(help_text="Compressed bytes.")


class ReleaseShape(serializers.ModelSerializer[Release]):
    """One published digest and what is known of it."""

    stream = serializers.CharField(source="stream.name", default="", read_only=True)
    platforms = serializers.SerializerMethodField()
    tests = serializers.JSONField(source="test_summary")

    class Meta:
        model = Release
        fields = [
            "digest",
            "unique_tag",
            "stream",
            "version",
            "published_at",
            "size",
            "platforms",
            "tested",
            "tests",
            "signing_key",
        ]

    @extend_schema_field(PlatformShape(many=True))
    def get_platforms(self, release: Release) -> list[dict[str, Any]]:
        return [
            {"architecture": name, "digest": platform.get("digest", ""), "size": platform.get("size", 0)}
            for name, platform in sorted(release.platforms.items())
        ]
