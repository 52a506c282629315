"""The API of the platform's own admins, below `/api/platform/v1/` on the portal host; a session opens it."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builds.accept import accept
from builds.api.problems import refusals_as_problems
from builds.api.views import actor_of, address_of
from builds.models import Build
from tenants.access import platform_needs
from tenants.roles import PlatformPermission


class BuildAccept(APIView):
    """Accept what a held build's packages can newly do; answers with the build that was ordered."""

    permission_classes = [platform_needs(PlatformPermission.BUILD_ACCEPT)]

    def post(self, request: Request, build_id: UUID) -> Response:
        if not Build.objects.filter(pk=build_id, tenant__isnull=True).exists():
            raise Http404
        with refusals_as_problems():
            ordered = accept(build_id=build_id, actor=actor_of(request), address=address_of(request))
        return Response({"id": str(ordered.pk), "state": ordered.state}, status=202)


urlpatterns = [
    path("builds/<uuid:build_id>/accept/", BuildAccept.as_view(), name="api-platform-build-accept"),
]
