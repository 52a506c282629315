"""Charts as JSON: the lists, one version with its images by digest, and taking an archive."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, cast

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.chart_shapes import ChartDetailShape, ChartShape, LockedShape, ValuesShape
from catalog.api.views import tenant_of
from catalog.charts import available, offered, relocated
from catalog.charts.archive import MOST_BYTES
from catalog.charts.listing import Access, Source, Wanted, found_of
from catalog.charts.locking import locked
from catalog.charts.offered import Offered
from catalog.charts.places import Place
from catalog.charts.refusals import ChartRefused
from catalog.charts.taking import take_chart
from catalog.models import ChartVersion, Image
from registry.api.problems import refusals_as_problems
from tenants.access import needs
from tenants.models import User
from tenants.roles import Permission
from tenants.sessions import client_address


class Archive(BaseParser):
    """A gzipped tar as the whole body; a byte more than is taken, so that too much is seen."""

    media_type = "application/gzip"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return stream.read(MOST_BYTES + 1)


class ChartList(generics.GenericAPIView[Any]):
    """Charts that you may install, or may get with images that you may ask for; a POST takes one of your own."""

    parser_classes = [Archive]
    serializer_class = ChartShape

    def get_permissions(self) -> list[BasePermission]:
        return [needs(Permission.IMAGE_PUSH if self.request.method == "POST" else Permission.IMAGE_VIEW)()]

    @extend_schema(
        tags=["charts"],
        summary="List charts",
        responses=ChartShape(many=True),
        operation_id="charts_list",
        parameters=[
            OpenApiParameter("q", str, description="Words of names, summary, or images it deploys."),
            OpenApiParameter(
                "access", str, enum=list(Access), description="By default what you may install."
            ),
            OpenApiParameter(
                "source", str, enum=list(Source), description="Whose charts; by default everyone's."
            ),
            OpenApiParameter(
                "category", str, enum=Image.Category.values, description="Of an image that it deploys."
            ),
        ],
    )
    def get(self, request: Request) -> Response:
        wanted = Wanted.read(request.query_params.dict())
        found = found_of(tenant_of(self), wanted)
        page = self.paginate_queryset(list(found)) or []
        context = {**self.get_serializer_context(), "lacks": {one.pk: found[one] for one in page}}
        return self.get_paginated_response(ChartShape(offered.read(page), many=True, context=context).data)

    @extend_schema(
        tags=["charts"],
        summary="Take a chart archive",
        description="As `helm package` writes it. The same archive again changes nothing; a version never changes.",
        request={"application/gzip": OpenApiTypes.BINARY},
        responses={201: ChartDetailShape},
    )
    def post(self, request: Request) -> Response:
        tenant, actor = tenant_of(self), cast("User", request.user)
        with _refusals(), refusals_as_problems():
            content = request.data if isinstance(request.data, bytes) else b""
            version = take_chart(tenant=tenant, content=content, actor=actor, address=client_address(request))
        return Response(_detail(self, version.chart.name, version.version), status=201)


@extend_schema(
    tags=["charts"],
    summary="Read one chart, at its newest version or at another",
    parameters=[OpenApiParameter("version", str, description="A version of the chart.")],
)
class ChartDetail(generics.GenericAPIView[Any]):
    permission_classes = [needs(Permission.IMAGE_VIEW)]
    serializer_class = ChartDetailShape

    def get(self, request: Request, name: str) -> Response:
        return Response(_detail(self, name, request.query_params.get("version")))


def _detail(view: generics.GenericAPIView[Any], name: str, version: str | None) -> dict[str, Any]:
    """Raises Http404."""
    tenant = tenant_of(view)
    found = offered.find(tenant=tenant, name=name)
    if found is None:
        return _available(view, name, version)
    chosen = found.versions.called(version) if version is not None else None
    if chosen is None and version is not None:
        raise Http404
    shown = ChartVersion.objects.defer(*offered.HEAVY).get(pk=chosen) if chosen else found.newest
    places = ChartVersion.objects.values_list("places", flat=True).get(pk=shown.pk) if shown else []
    at = Offered(found.chart, found.shown, (shown,) if shown else ())
    images = locked(tenant=tenant, places=[Place.from_json(one) for one in places])
    return {
        **ChartShape(at, context=view.get_serializer_context()).data,
        "versions": found.versions.names,
        "images": LockedShape(images, many=True).data,
    }


def _available(view: generics.GenericAPIView[Any], name: str, version: str | None) -> dict[str, Any]:
    """A chart that comes with images which the tenant may ask for, at its newest version alone. Raises Http404."""
    found = available.find(tenant=tenant_of(view), name=name)
    if found is None or version not in (None, found[0].version):
        raise Http404
    newest, lacks = found
    at = Offered(newest.chart, f"{offered.PREFIX}{name}", (newest,))
    context = {**view.get_serializer_context(), "lacks": {newest.chart_id: lacks}}
    return {**ChartShape(at, context=context).data, "versions": [newest.version], "images": []}


@extend_schema(
    tags=["charts"],
    summary="Read the values of a chart with your host's images written in",
    operation_id="charts_values",
)
class ChartValues(generics.GenericAPIView[Any]):
    """As the page's download has them: what helm is given so that every image is pulled from this host."""

    permission_classes = [needs(Permission.IMAGE_VIEW)]
    serializer_class = ValuesShape

    def get(self, request: Request, name: str, version: str) -> Response:
        tenant, registry = tenant_of(self), request.address.registry  # type: ignore[attr-defined]
        found = offered.find(tenant=tenant, name=name)
        chosen = found.versions.called(version) if found else None
        if chosen is None:
            raise Http404
        whole = ChartVersion.objects.get(pk=chosen)
        images = locked(tenant=tenant, places=[Place.from_json(one) for one in whole.places])
        changes = relocated.changes_for(whole, images, registry)
        said = {
            "version": version,
            "changes": {
                ".".join(path): value if isinstance(value, str) else json.dumps(value)
                for path, value in changes.items()
            },
            "values": relocated.values_for(whole, images, registry),
        }
        return Response(ValuesShape(said).data)


@contextmanager
def _refusals() -> Iterator[None]:
    """A refused archive as a problem document that has its code."""
    try:
        yield
    except ChartRefused as refused:
        problem = APIException(str(refused), code=refused.code)
        problem.status_code = 409 if refused.code.endswith("-taken") else 422
        raise problem from refused
