"""The JSON API for workers, on the portal host: claim, heartbeat, report, result, failure.

The build's key is the only credential (`Authorization: Bearer …`); a wrong key and an unknown build are one
answer. Not in charge of any rule: `builds.lease` and `builds.progress` are. Not part of the public API.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.urls import path
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builds import lease, progress
from builds.order_document import order_document

_DIGEST = re.compile(r"\Asha256:[0-9a-f]{64}\Z")


class Unknown(APIException):
    status_code = status.HTTP_404_NOT_FOUND
    default_code = "build-unknown"
    default_detail = str(lease.NoSuchBuild())


class Ended(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "build-ended"
    default_detail = "The build has ended."


class Misreported(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "report-invalid"
    default_detail = "The report is not valid."


class StepFields(serializers.Serializer[progress.StepReport]):
    name = serializers.CharField(max_length=20)
    state = serializers.CharField(max_length=10)
    summary = serializers.CharField(max_length=300, allow_blank=True, default="")
    at = serializers.DateTimeField()


class LineFields(serializers.Serializer[progress.Line]):
    at = serializers.DateTimeField()
    step = serializers.CharField(max_length=20, allow_blank=True)
    text = serializers.CharField(max_length=2000, allow_blank=True, trim_whitespace=False)


class ReportFields(serializers.Serializer[None]):
    steps = StepFields(many=True, default=list)
    lines = LineFields(many=True, default=list, max_length=2000)  # type: ignore[call-arg]


class FailureFields(serializers.Serializer[None]):
    code = serializers.RegexField(r"\A[a-z0-9-]{1,60}\Z")
    sentence = serializers.CharField(max_length=4000)
    is_fault = serializers.BooleanField()


class PlatformFields(serializers.Serializer[None]):
    digest = serializers.RegexField(_DIGEST)
    size = serializers.IntegerField(min_value=1)
    config_digest = serializers.RegexField(_DIGEST)


class ResultFields(serializers.Serializer[None]):
    """The shape of a result; what it claims is judged by the signer."""

    index = serializers.RegexField(_DIGEST)
    media_type = serializers.CharField(max_length=120)
    platforms = serializers.DictField(child=serializers.JSONField())
    packages = serializers.ListField(child=serializers.DictField())
    tests = serializers.DictField()
    scan = serializers.DictField()
    timings = serializers.DictField(required=False, default=dict)

    def validate_platforms(self, value: dict[str, Any]) -> dict[str, Any]:
        for platform in value.values():
            PlatformFields(data=platform).is_valid(raise_exception=True)
        return value


class WorkerView(APIView):
    """Base: no session, no user; the key decides, inside each verb."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON object that was sent. Raises Misreported."""
        if not isinstance(request.data, dict):
            raise Misreported
        return request.data

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, lease.NoSuchBuild):
            exc = Unknown()
        elif isinstance(exc, lease.BuildEnded):
            exc = Ended(str(exc))
        elif isinstance(exc, progress.BadReport):
            exc = Misreported(str(exc))
        return super().handle_exception(exc)

    @staticmethod
    def key(request: Request) -> str:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "bearer" else ""


class Claim(WorkerView):
    def post(self, request: Request, build_id: UUID) -> Response:
        worker = str(self.body(request).get("worker", ""))[:120] or "unnamed"
        build = lease.claim(build_id=build_id, key=self.key(request), worker=worker)
        return Response(order_document(build))


class Heartbeat(WorkerView):
    def post(self, request: Request, build_id: UUID) -> Response:
        lease.heartbeat(build_id=build_id, key=self.key(request))
        return Response({"lease_seconds": lease.lease_time().total_seconds()})


class Report(WorkerView):
    def post(self, request: Request, build_id: UUID) -> Response:
        fields = ReportFields(data=request.data)
        fields.is_valid(raise_exception=True)
        said = fields.validated_data
        progress.report(
            build_id=build_id,
            key=self.key(request),
            steps=[progress.StepReport(**step) for step in said["steps"]],
            lines=[progress.Line(**line) for line in said["lines"]],
        )
        return Response({"lease_seconds": lease.lease_time().total_seconds()})


class Result(WorkerView):
    def post(self, request: Request, build_id: UUID) -> Response:
        ResultFields(data=request.data).is_valid(raise_exception=True)
        build = progress.finish(build_id=build_id, key=self.key(request), result=self.body(request))
        return Response({"state": build.state})


class Failure(WorkerView):
    def post(self, request: Request, build_id: UUID) -> Response:
        fields = FailureFields(data=request.data)
        fields.is_valid(raise_exception=True)
        build = progress.give_up(build_id=build_id, key=self.key(request), **fields.validated_data)
        return Response({"state": build.state})


urlpatterns = [
    path("builds/<uuid:build_id>/claim", Claim.as_view()),
    path("builds/<uuid:build_id>/heartbeat", Heartbeat.as_view()),
    path("builds/<uuid:build_id>/report", Report.as_view()),
    path("builds/<uuid:build_id>/result", Result.as_view()),
    path("builds/<uuid:build_id>/failure", Failure.as_view()),
]
