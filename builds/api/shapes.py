"""What recipes, orders, previews and builds look like in JSON. Shapes only: no rule, no query."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from builds.models import Build, BuildLogLine, BuildStep, Recipe, RecipeRevision


class TextMap(serializers.DictField):
    """Text by text; every value keeps its blanks."""

    child = serializers.CharField(allow_blank=True, trim_whitespace=False)


class Words(serializers.ListField):
    """The words of a command, each kept as it is."""

    child = serializers.CharField(allow_blank=True, trim_whitespace=False)


class CustomisationShape(serializers.Serializer[Any]):
    """What a golden image changes of its base. Everything left out is as the base has it."""

    tag = serializers.CharField(required=False, help_text="The tag that follows this image; “latest”.")
    packages = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Names, or name=version."
    )
    remove = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Packages of the base that nothing left needs.",
    )
    entrypoint = Words(required=False, allow_null=True)
    cmd = Words(required=False, allow_null=True)
    entrypoint_append = Words(required=False, help_text="Added to the base's, in place of replacing it.")
    cmd_append = Words(required=False)
    env = TextMap(required=False)
    labels = TextMap(required=False)
    annotations = TextMap(required=False)
    user = serializers.CharField(required=False, allow_null=True)
    workdir = serializers.CharField(required=False, allow_null=True)
    stop_signal = serializers.CharField(required=False, allow_null=True)
    ports = serializers.ListField(child=serializers.CharField(), required=False)
    volumes = serializers.ListField(child=serializers.CharField(), required=False)
    users = serializers.ListField(child=serializers.DictField(), required=False)
    groups = serializers.ListField(child=serializers.DictField(), required=False)
    files = serializers.ListField(child=serializers.DictField(), required=False)
    directories = serializers.ListField(child=serializers.DictField(), required=False)
    links = serializers.ListField(child=serializers.DictField(), required=False)
    certificates = serializers.ListField(
        child=serializers.CharField(trim_whitespace=False), required=False, help_text="PEM, no private keys."
    )
    architectures = serializers.ListField(child=serializers.CharField(), required=False)

    def to_internal_value(self, data: Any) -> Any:
        # A mistyped key must not be dropped in silence: the image would lack what was asked for.
        if isinstance(data, dict) and (unknown := sorted(data.keys() - self.fields.keys())):
            raise serializers.ValidationError({str(key): ["There is no such field."] for key in unknown})
        return super().to_internal_value(data)


class PreviewOrderShape(serializers.Serializer[Any]):
    """A base, such as "python:3.13", and what to change of it."""

    base = serializers.CharField(help_text="An image of your catalogue and its tag, such as “python:3.13”.")
    customisation = CustomisationShape(required=False)


class OrderShape(PreviewOrderShape):
    """A golden image to build: `name` is its repository on your host."""

    name = serializers.CharField(max_length=200)


class FieldErrorShape(serializers.Serializer[Any]):
    field = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    sentence = serializers.CharField()


class PreviewPackageShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField()
    architecture = serializers.CharField()
    because = serializers.CharField(allow_blank=True, help_text="Empty when it was asked for.")
    size = serializers.IntegerField(help_text="Bytes to fetch.")
    installed_size = serializers.IntegerField(help_text="Bytes on disk.")
    is_new = serializers.BooleanField(help_text="It does not come with the base.")


class PreviewShape(serializers.Serializer[Any]):
    """What the order would give, or by field why it cannot be built."""

    base = serializers.CharField()
    base_digest = serializers.CharField(allow_blank=True)
    is_buildable = serializers.BooleanField()
    architectures = serializers.ListField(child=serializers.CharField())
    packages = PreviewPackageShape(many=True)
    errors = FieldErrorShape(many=True)  # type: ignore[assignment]
    base_size = serializers.IntegerField()
    added_size = serializers.IntegerField()
    added_installed_size = serializers.IntegerField()
    removed = PreviewPackageShape(many=True)
    removable = serializers.ListField(
        child=serializers.CharField(),
        help_text="Packages of the base that nothing needs: they may be removed.",
    )
    total_size = serializers.IntegerField()


class StepShape(serializers.ModelSerializer[BuildStep]):
    class Meta:
        model = BuildStep
        fields = ["name", "state", "summary", "started_at", "ended_at"]


class BuildShape(serializers.ModelSerializer[Build]):
    """A build and where it stands; `reference` can be pulled once it has succeeded."""

    name = serializers.CharField(source="revision.recipe.name")
    revision = serializers.IntegerField(source="revision.number")
    base = serializers.CharField(source="revision.base")
    steps = StepShape(many=True)
    reference = serializers.SerializerMethodField()

    class Meta:
        model = Build
        fields = [
            "id",
            "name",
            "revision",
            "base",
            "state",
            "ordered_by",
            "ordered_at",
            "started_at",
            "ended_at",
            "steps",
            "digest",
            "reference",
            "error_code",
            "error",
        ]

    @extend_schema_field(serializers.CharField())
    def get_reference(self, build: Build) -> str:
        if not build.digest or build.revision is None:
            return ""
        return f"{self.context['request'].address.registry}/{build.revision.recipe.name}@{build.digest}"


class CapabilityShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    sentence = serializers.CharField()
    packages = serializers.ListField(child=serializers.CharField(), help_text="Those that have it now.")
    gained = serializers.ListField(child=serializers.CharField())
    lost = serializers.ListField(child=serializers.CharField())


class CapabilitiesShape(serializers.Serializer[Any]):
    """What programs can do, against an earlier release; empty where one of the two was never looked at."""

    against = serializers.CharField(allow_blank=True, help_text="The fixed tag of the earlier release.")
    is_known = serializers.BooleanField()
    is_same_rules = serializers.BooleanField(help_text="False: a difference may lie in the rules.")
    capabilities = CapabilityShape(many=True)


class LogLineShape(serializers.ModelSerializer[BuildLogLine]):
    class Meta:
        model = BuildLogLine
        fields = ["number", "at", "step", "text"]


class RevisionShape(serializers.ModelSerializer[RecipeRevision]):
    base = serializers.CharField(source="base.__str__")

    class Meta:
        model = RecipeRevision
        fields = ["number", "base", "customisation", "author", "created_at"]


class GoldenImageShape(serializers.ModelSerializer[Recipe]):
    """A golden image of yours: its newest definition and where to pull it."""

    reference = serializers.SerializerMethodField()
    newest = serializers.SerializerMethodField()

    class Meta:
        model = Recipe
        fields = ["name", "created_at", "reference", "newest"]

    @extend_schema_field(serializers.CharField())
    def get_reference(self, recipe: Recipe) -> str:
        return f"{self.context['request'].address.registry}/{recipe.name}"

    @extend_schema_field(RevisionShape(allow_null=True))
    def get_newest(self, recipe: Recipe) -> Any:
        revisions = list(recipe.revisions.all())
        return RevisionShape(revisions[0]).data if revisions else None
