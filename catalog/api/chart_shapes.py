"""Charts as the API says them. Not in charge of who sees which (`catalog.charts.offered`, `catalog.charts.available`)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.charts.listing import Access
from catalog.charts.locking import How
from catalog.charts.offered import Offered


class ChartShape(serializers.Serializer[Any]):
    """A chart of your catalogue, of your own, or that you may get; `reference` is what helm pulls."""

    name = serializers.CharField()
    summary = serializers.CharField(source="chart.summary")
    is_own = serializers.BooleanField()
    access = serializers.SerializerMethodField(
        help_text="Whether you may install it, or may get it with its images."
    )
    lacks = serializers.SerializerMethodField(
        help_text="Images to ask for; with the last of them comes the chart."
    )
    reference = serializers.SerializerMethodField(help_text="Empty for a chart that is not yours yet.")
    version = serializers.CharField(
        source="newest.version", default="", help_text="The newest; empty before the first."
    )
    app_version = serializers.CharField(source="newest.app_version", default="")
    digest = serializers.CharField(source="newest.digest", default="")
    published_at = serializers.DateTimeField(source="newest.published_at", default=None)

    @extend_schema_field(serializers.ChoiceField(choices=[each.value for each in Access]))
    def get_access(self, chart: Offered) -> str:
        return Access.AVAILABLE if self.get_lacks(chart) else Access.YOURS

    def get_lacks(self, chart: Offered) -> list[str]:
        lacks: list[str] = self.context.get("lacks", {}).get(chart.chart.pk, [])
        return lacks

    def get_reference(self, chart: Offered) -> str:
        if self.get_lacks(chart):
            return ""
        return f"oci://{self.context['request'].address.registry}/{chart.shown}"


class LockedShape(serializers.Serializer[Any]):
    """An image that the values name, and what stands for it here."""

    values = serializers.CharField(source="where", help_text="Path in the values.")
    asked = serializers.CharField(source="place.asked", help_text="What the chart names.")
    found = serializers.ChoiceField(choices=[each.value for each in How], source="how")
    name = serializers.CharField(help_text="Its repository on this host; empty when it is missing.")
    tag = serializers.CharField()
    digest = serializers.CharField()
    when = serializers.CharField(
        source="place.when", help_text="The value that switches it on; empty where it is on."
    )


class ChartDetailShape(ChartShape):
    """A chart at one version, with its images and the names of all its versions."""

    versions = serializers.SerializerMethodField()
    images = LockedShape(many=True)

    def get_versions(self, chart: Offered) -> list[str]:
        return list(self.context["versions"])


class ValuesShape(serializers.Serializer[Any]):
    """Values for your host."""

    version = serializers.CharField()
    changes = serializers.DictField(
        child=serializers.CharField(), help_text="What differs from the chart's own values, by path."
    )
    values = serializers.CharField(
        help_text="YAML: all values, comments kept; only what differs where that cannot be."
    )
