"""Images, and the tags and releases of any repository that the caller's tenant sees."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import limits, search
from catalog.api.shapes import ImageDetailShape, ImageShape, ReleaseShape, TagShape
from catalog.models import Image, Release
from catalog.shown import ShownTag, releases_shown, tags_shown
from catalog.wanted import Access, Wanted
from registry import visibility
from registry.visibility import View
from tenants.access import needs
from tenants.models import Tenant
from tenants.roles import Permission

#: Of an image: what a list says of it, and where its streams are looked up.
_LISTED = ("name", "title", "summary", "category", "is_free", "repository")
#: Of a release: what made it and its stream, which is large.
_MADE_OF = ("spec", "lock", "tests", "stream__spec", "stream__tests")


def tenant_of(view: APIView) -> Tenant:
    """The tenant of the address; the permission class has checked the caller's right there."""
    tenant: Tenant | None = getattr(view.request, "tenant", None)
    if tenant is None:
        raise Http404
    return tenant


def repository_of(view: APIView) -> View:
    """The repository that the address names, as the caller's tenant sees it. Raises Http404."""
    found = visibility.find(tenant=tenant_of(view), name=str(view.kwargs["name"]))
    if found is None:
        raise Http404
    return found


def newest_of(images: list[Image]) -> dict[int, Release]:
    """The newest release of each stream of `images`, by stream id, whoever may see it."""
    return search.newest_releases([stream for image in images for stream in image.streams.all()])


@extend_schema(
    parameters=[
        OpenApiParameter(
            "q", str, description="Words of names, upstream references, summary, or packages inside."
        ),
        OpenApiParameter("category", str, enum=Image.Category.values),
        OpenApiParameter("access", str, enum=list(Access), description="By default what you may pull."),
    ],
    tags=["images"],
    summary="List the images of your catalogue",
)
class ImageList(generics.ListAPIView[Image]):
    permission_classes = [needs(Permission.IMAGE_VIEW)]
    serializer_class = ImageShape
    queryset = Image.objects.none()

    def get_queryset(self) -> QuerySet[Image]:
        wanted = Wanted.read(self.request.query_params.dict())
        tenant = tenant_of(self)
        images = search.images_by(tenant, wanted.access)
        if wanted.category:
            images = images.filter(category=wanted.category)
        seen = search.seen_by(tenant, wanted.words)
        found = search.matching(images, wanted.words, seen=seen)
        return found.select_related(None).only(*_LISTED)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        images = self.paginate_queryset(self.get_queryset()) or []
        hidden = limits.limits(tenant_of(self).pk, [image.repository_id for image in images])
        page = limits.narrowed_to(hidden, images)
        context = {**self.get_serializer_context(), "newest": limits.left_by(hidden, newest_of(page))}
        return self.get_paginated_response(ImageShape(page, many=True, context=context).data)


@extend_schema(tags=["images"], summary="Read one image")
class ImageDetail(generics.GenericAPIView[Image]):
    permission_classes = [needs(Permission.IMAGE_VIEW)]
    serializer_class = ImageDetailShape
    queryset = Image.objects.none()

    def get(self, request: Request, name: str) -> Response:
        tenant = tenant_of(self)
        image = search.image_called(tenant=tenant, name=name)
        if image is None:
            raise Http404
        newest = limits.among_shown(tenant=tenant, releases=newest_of([image]))
        context = {**self.get_serializer_context(), "newest": newest}
        return Response(ImageDetailShape(image, context=context).data)


@extend_schema(tags=["repositories"], summary="List tags, with the digest each points to")
class TagList(generics.GenericAPIView[Any]):
    permission_classes = [needs(Permission.IMAGE_VIEW)]
    serializer_class = TagShape

    @extend_schema(responses=TagShape(many=True), operation_id="repositories_tags_list")
    def get(self, request: Request, name: str) -> Response:
        shown: list[ShownTag] = self.paginate_queryset(tags_shown(repository_of(self))) or []
        return self.get_paginated_response(TagShape(shown, many=True).data)


@extend_schema(tags=["repositories"], summary="List releases, newest first")
class ReleaseList(generics.ListAPIView[Release]):
    permission_classes = [needs(Permission.IMAGE_VIEW)]
    serializer_class = ReleaseShape
    queryset = Release.objects.none()

    def get_queryset(self) -> QuerySet[Release]:
        return releases_shown(repository_of(self)).select_related("stream").defer(*_MADE_OF)


def release_of(view: APIView) -> Release:
    """The release that the address names. Raises Http404 unless it may be pulled."""
    shown = repository_of(view)
    digest = str(view.kwargs["digest"])
    release = Release.objects.filter(repository=shown.repository, digest=digest).first()
    if release is None or shown.manifest(digest) is None:
        raise Http404
    return release


@extend_schema(tags=["repositories"], summary="Read one release")
class ReleaseDetail(generics.GenericAPIView[Release]):
    permission_classes = [needs(Permission.IMAGE_VIEW)]
    serializer_class = ReleaseShape
    queryset = Release.objects.none()

    def get(self, request: Request, name: str, digest: str) -> Response:
        return Response(ReleaseShape(release_of(self), context=self.get_serializer_context()).data)


ARCHITECTURE = OpenApiParameter(
    "architecture",
    OpenApiTypes.STR,
    description="The document of one architecture; by default the one of the whole index.",
)
