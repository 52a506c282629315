"""Repositories of the caller's own tenant."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from registry import repositories
from registry.api.places import Place
from registry.api.problems import refusals_as_problems
from registry.api.shapes import NewRepositoryShape, RepositoryShape
from registry.models import Repository


class RepositoryList(Place, generics.ListAPIView[Repository]):
    """Your own; images of the catalogue are below `images/`."""

    serializer_class = RepositoryShape
    queryset = Repository.objects.none()

    def get_queryset(self) -> QuerySet[Repository]:
        return repositories.owned(self.tenant)

    @extend_schema(tags=["repositories"], summary="List your own repositories")
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        tags=["repositories"],
        summary="Make a repository to push to",
        request=NewRepositoryShape,
        responses={201: RepositoryShape},
    )
    def post(self, request: Request) -> Response:
        asked = NewRepositoryShape(data=request.data)
        asked.is_valid(raise_exception=True)
        with refusals_as_problems():
            made = repositories.make(tenant=self.tenant, name=asked.validated_data["name"], **self.by)
        return Response(RepositoryShape(made).data, status=201)


class RepositoryDetail(Place):
    @extend_schema(tags=["repositories"], summary="Read one of your own", responses=RepositoryShape)
    def get(self, request: Request, name: str) -> Response:
        return Response(RepositoryShape(self.own()).data)

    @extend_schema(
        tags=["repositories"],
        summary="Change who may pull, which tags never move, and how long what they left is kept",
        request=RepositoryShape,
        responses=RepositoryShape,
    )
    def patch(self, request: Request, name: str) -> Response:
        found = self.own()
        asked = RepositoryShape(found, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        wanted = {
            field: asked.validated_data.get(field, getattr(found, field))
            for field in ("is_public", "immutable_tags", "retention_days")
        }
        with refusals_as_problems():
            repositories.change(repository=found, **wanted, **self.by)
        return Response(RepositoryShape(found).data)
