"""Looking things up: what replaces an upstream reference, which images contain a package."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import affected, reference, replacing
from catalog.api.views import tenant_of
from tenants.access import needs
from tenants.roles import Permission


class ReplacementShape(serializers.Serializer[Any]):
    """Our image for an upstream reference. `reference` is what to pull, empty while that cannot be done."""

    upstream = serializers.CharField()
    name = serializers.CharField()
    title = serializers.CharField(source="image.title")
    is_held = serializers.BooleanField(help_text="You may pull it; otherwise you may ask for it.")
    is_stated = serializers.BooleanField(
        help_text="It replaces this reference; otherwise only the name is alike."
    )
    is_same_version = serializers.BooleanField(help_text="There is a tag of the version that was asked for.")
    reference = serializers.SerializerMethodField()

    def get_reference(self, found: replacing.Replacement) -> str:
        registry = self.context["request"].address.registry
        return f"{registry}/{found.name}:{found.tag}" if found.is_held and found.tag else ""


class HeldShape(serializers.Serializer[Any]):
    tag = serializers.CharField(help_text="The moving tag of the version stream; empty for a golden image.")
    version = serializers.CharField(help_text="The version of the package.")
    is_newest = serializers.BooleanField(help_text="In the newest release; otherwise only in older ones.")


class HolderShape(serializers.Serializer[Any]):
    """An image that contains the package."""

    name = serializers.CharField()
    is_golden = serializers.BooleanField(source="is_own", help_text="One of your own.")
    streams = HeldShape(source="lines", many=True)


@extend_schema(
    tags=["images"],
    summary="Find what replaces an upstream reference",
    parameters=[
        OpenApiParameter("reference", str, required=True, description="Such as docker.io/bitnami/redis:7.")
    ],
)
class ReplacementOf(generics.GenericAPIView[Any]):
    permission_classes = [needs(Permission.IMAGE_VIEW)]
    serializer_class = ReplacementShape

    def get(self, request: Request) -> Response:
        asked = request.query_params.get("reference", "")[:300]
        if reference.read(asked) is None:
            sentence = "This is no reference such as docker.io/bitnami/redis:7."
            raise serializers.ValidationError({"reference": [sentence]})
        found = replacing.replacement(tenant=tenant_of(self), text=asked)
        if found is None:
            raise Http404
        return Response(ReplacementShape(found, context=self.get_serializer_context()).data)


class PackageImages(generics.GenericAPIView[Any]):
    permission_classes = [needs(Permission.IMAGE_VIEW)]
    serializer_class = HolderShape
    #: Wired by the portal, which knows the package formats.
    order_of: affected.OrderOf | None = None

    @extend_schema(
        tags=["images"],
        summary="List the images that contain a package",
        operation_id="packages_images_list",
        parameters=[
            OpenApiParameter(
                "below", str, description="Only versions below this one, in the distribution's order."
            ),
            OpenApiParameter("older", bool, description="Also where only older releases contain it."),
        ],
        responses=HolderShape(many=True),
    )
    def get(self, request: Request, name: str) -> Response:
        asked = request.query_params
        if self.order_of is None:
            raise Http404
        try:
            found = affected.holders(
                tenant=tenant_of(self),
                name=name.lower()[:200],
                below=asked.get("below", "").strip()[:200],
                order_of=self.order_of,
                has_older=asked.get("older") in ("1", "true"),
            )
        except affected.NoVersion as refused:
            raise serializers.ValidationError({"below": [str(refused)]}) from refused
        page = self.paginate_queryset(found) or []
        return self.get_paginated_response(HolderShape(page, many=True).data)
