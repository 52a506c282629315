"""Golden images, previews and builds of the caller's tenant."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Prefetch, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builds import capabilities
from builds.api.problems import refusals_as_problems
from builds.api.shapes import (
    BuildShape,
    CapabilitiesShape,
    GoldenImageShape,
    LogLineShape,
    OrderShape,
    PreviewOrderShape,
    PreviewShape,
)
from builds.cancel import cancel
from builds.models import Build, BuildLogLine, Recipe, RecipeRevision
from builds.order import order_golden, preview
from builds.refusals import FieldError, OrderRefused
from catalog import search
from catalog.models import VersionStream
from tenants.access import needs
from tenants.models import Tenant, User
from tenants.roles import Permission


def tenant_of(view: APIView) -> Tenant:
    """The tenant of the address; the permission class has checked the caller's right there."""
    return cast("Tenant", getattr(view.request, "tenant"))  # noqa: B009


def actor_of(request: Request) -> str:
    user = cast("User", request.user)
    return user.email or user.directory_login or user.login


def address_of(request: Request) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def base_of(view: APIView, named: str) -> VersionStream:
    """The stream that "image:tag" names for the caller's tenant. Raises OrderRefused."""
    image, _, tag = named.rpartition(":") if ":" in named else (named, "", "latest")
    stream = search.stream_of(tenant=tenant_of(view), image=image, stream=tag)
    if stream is None:
        raise OrderRefused(
            [FieldError("base", "base-unknown", f"There is no image {named[:200]} in your catalogue.")]
        )
    return stream


def builds_of(tenant: Tenant) -> QuerySet[Build]:
    found = Build.objects.filter(tenant=tenant).order_by("-ordered_at", "-pk").prefetch_related("steps")
    return found.select_related("revision__recipe", "revision__base__image").defer("spec", "lock")


def parsed(shape: type[PreviewOrderShape], request: Request) -> dict[str, Any]:
    order = shape(data=request.data)
    order.is_valid(raise_exception=True)
    return cast("dict[str, Any]", order.validated_data)


@extend_schema(tags=["golden images"], summary="List your golden images")
class GoldenImageList(generics.ListAPIView[Recipe]):
    permission_classes = [needs(Permission.IMAGE_VIEW)]
    serializer_class = GoldenImageShape
    queryset = Recipe.unscoped.none()

    def get_queryset(self) -> QuerySet[Recipe]:
        newest_first = RecipeRevision.objects.order_by("-number").select_related("base__image")
        found = Recipe.unscoped.filter(tenant=tenant_of(self), archived_at=None).order_by("name")
        return found.prefetch_related(Prefetch("revisions", newest_first))


class Preview(APIView):
    """Solved before built."""

    permission_classes = [needs(Permission.RECIPE_EDIT)]

    @extend_schema(
        tags=["builds"],
        summary="See what an order would give, without placing it",
        request=PreviewOrderShape,
        responses=PreviewShape,
    )
    def post(self, request: Request) -> Response:
        order = parsed(PreviewOrderShape, request)
        with refusals_as_problems():
            found = preview(
                tenant=tenant_of(self),
                base=base_of(self, order["base"]),
                customisation=order.get("customisation", {}),
            )
        return Response(PreviewShape(found).data)


class BuildList(generics.ListAPIView[Build]):
    """Builds of your golden images, newest first; a POST orders one."""

    serializer_class = BuildShape
    queryset = Build.objects.none()

    def get_permissions(self) -> Any:
        needed = Permission.BUILD_START if self.request.method == "POST" else Permission.IMAGE_VIEW
        return [needs(needed)()]

    def get_queryset(self) -> QuerySet[Build]:
        return builds_of(tenant_of(self))

    @extend_schema(tags=["builds"], summary="List builds")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        tags=["builds"],
        summary="Order a golden image",
        description="Writes a revision of the golden image `name`, making it if needed, and orders its build.",
        request=OrderShape,
        responses={202: BuildShape},
    )
    def post(self, request: Request) -> Response:
        order = parsed(OrderShape, request)
        with refusals_as_problems():
            build = order_golden(
                tenant=tenant_of(self),
                name=order["name"],
                base=base_of(self, order["base"]),
                customisation=order.get("customisation", {}),
                actor=actor_of(request),
                user=cast("User", request.user),
                address=address_of(request),
            )
        shown = BuildShape(builds_of(tenant_of(self)).get(pk=build.pk), context=self.get_serializer_context())
        return Response(shown.data, status=202)


@extend_schema(tags=["builds"], summary="Read a build: state, steps, result")
class BuildDetail(generics.RetrieveAPIView[Build]):
    permission_classes = [needs(Permission.IMAGE_VIEW)]
    serializer_class = BuildShape
    queryset = Build.objects.none()

    def get_queryset(self) -> QuerySet[Build]:
        return builds_of(tenant_of(self))


@extend_schema(
    tags=["builds"],
    summary="Read a build's log",
    parameters=[OpenApiParameter("after", OpenApiTypes.INT, description="Only lines with a higher number.")],
)
class BuildLog(generics.ListAPIView[BuildLogLine]):
    permission_classes = [needs(Permission.IMAGE_VIEW)]
    serializer_class = LogLineShape
    queryset = BuildLogLine.objects.none()

    def get_queryset(self) -> QuerySet[BuildLogLine]:
        build = generics.get_object_or_404(Build, tenant=tenant_of(self), pk=self.kwargs["pk"])
        after = self.request.query_params.get("after", "0")
        if not after.isdecimal() or len(after) > 9:
            raise ValidationError({"after": ["This must be the number of a line."]})
        return build.log.filter(number__gt=int(after))


@extend_schema(
    tags=["builds"],
    summary="See what a build's programs can do, and what is new",
    responses=CapabilitiesShape,
)
class BuildCapabilities(generics.GenericAPIView[Build]):
    """Held against the release before it; a first one against its base."""

    permission_classes = [needs(Permission.IMAGE_VIEW)]
    serializer_class = CapabilitiesShape
    queryset = Build.objects.none()

    def get(self, request: Request, pk: str) -> Response:
        build = generics.get_object_or_404(builds_of(tenant_of(self)), pk=pk)
        against = capabilities.measure_of(build)
        found = capabilities.difference(capabilities.of_release(against), build)
        shown = {
            "against": against.unique_tag if against else "",
            "is_known": found is not None,
            "is_same_rules": found is not None and found.is_same_rules,
            "capabilities": found.abilities if found else (),
        }
        return Response(CapabilitiesShape(shown).data)


class BuildCancel(generics.GenericAPIView[Build]):
    permission_classes = [needs(Permission.BUILD_START)]
    serializer_class = BuildShape
    queryset = Build.objects.none()

    @extend_schema(
        tags=["builds"], summary="Cancel a build that has not ended", request=None, responses=BuildShape
    )
    def post(self, request: Request, pk: str) -> Response:
        build = generics.get_object_or_404(builds_of(tenant_of(self)), pk=pk)
        with refusals_as_problems():
            cancel(build=build, actor=actor_of(request), address=address_of(request))
        shown = builds_of(tenant_of(self)).get(pk=pk)
        return Response(BuildShape(shown, context=self.get_serializer_context()).data)
