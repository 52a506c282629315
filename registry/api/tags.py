"""One tag of any repository the caller sees: now, at a time, its history; pins, turning back, deleting."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from registry import history, pins, remove, rollback
from registry.api.places import Place
from registry.api.problems import refusals_as_problems
from registry.api.shapes import ChangeShape, LineShape, PinShape, TagStateShape
from registry.models import HeldTag
from registry.moments import moment_of
from registry.visibility import View


def state_of(view: View, tag: str, moment: Any = None) -> Response:
    """What the tag is, or was at `moment`. Raises Http404."""
    was = history.was(view, tag, moment or timezone.now())
    if was is None:
        raise Http404
    state = {
        "name": tag,
        "digest": was.digest,
        "since": was.since,
        "is_immutable": history.is_fixed(view, tag),
        "is_pinned": was.is_pinned,
        "kept": was.kept,
    }
    return Response(TagStateShape(state).data)


def asked_of(request: Request) -> dict[str, Any]:
    change = ChangeShape(data=request.data)
    change.is_valid(raise_exception=True)
    return dict(change.validated_data)


class TagDetail(Place):
    @extend_schema(
        tags=["repositories"],
        summary="Read a tag, now or as it was",
        parameters=[
            OpenApiParameter(
                "at", OpenApiTypes.DATETIME, description="ISO 8601; without an offset it is UTC."
            )
        ],
        responses=TagStateShape,
    )
    def get(self, request: Request, name: str, tag: str) -> Response:
        view, tag = self.view_with_tag()
        text = request.query_params.get("at", "")
        moment = moment_of(text) if text else None
        if text and moment is None:
            raise ValidationError({"at": ["Give a time as ISO 8601 writes it."]})
        return state_of(view, tag, moment)

    @extend_schema(
        tags=["repositories"], summary="Delete a tag of your own; its history stays", responses={204: None}
    )
    def delete(self, request: Request, name: str, tag: str) -> Response:
        with refusals_as_problems():
            remove.remove_tag(repository=self.own(), name=tag, **self.by)
        return Response(status=204)


class History(Place, generics.GenericAPIView[Any]):
    serializer_class: type[Serializer[Any]] = LineShape

    @extend_schema(
        tags=["repositories"], summary="List how a tag moved, newest first", responses=LineShape(many=True)
    )
    def get(self, request: Request, name: str, tag: str) -> Response:
        view, tag = self.view_with_tag()
        rows = self.paginate_queryset(history.narrowly(history.moves(view, tag))) or []
        return self.get_paginated_response(LineShape(history.lines(view, rows), many=True).data)


class Rollback(Place):
    @extend_schema(
        tags=["repositories"],
        summary="Turn a tag of your own back to a digest that it had",
        request=ChangeShape,
        responses=TagStateShape,
    )
    def post(self, request: Request, name: str, tag: str) -> Response:
        repository, asked = self.own(), asked_of(request)
        with refusals_as_problems():
            rollback.roll_back(repository=repository, name=tag, **asked, **self.by)
        return state_of(View(repository), tag)


class Pin(Place):
    @extend_schema(
        tags=["pins"],
        summary="Keep a tag of a granted image at a digest that it has or had",
        request=ChangeShape,
        responses=PinShape,
    )
    def put(self, request: Request, name: str, tag: str) -> Response:
        view, asked = self.view(), asked_of(request)
        with refusals_as_problems():
            held = pins.pin(view=view, name=tag, **asked, **self.by)
        return Response(PinShape(held).data)

    @extend_schema(tags=["pins"], summary="Let a pinned tag follow its source again", responses={204: None})
    def delete(self, request: Request, name: str, tag: str) -> Response:
        grant = self.view().grant
        if grant is None:
            raise Http404
        with refusals_as_problems():
            pins.unpin(grant=grant, name=tag, **self.by)
        return Response(status=204)


class PinList(Place, generics.ListAPIView[HeldTag]):
    serializer_class = PinShape
    queryset = HeldTag.objects.none()

    def get_queryset(self) -> QuerySet[HeldTag]:
        return pins.pins_of(self.tenant)

    @extend_schema(tags=["pins"], summary="List your pinned tags")
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)
