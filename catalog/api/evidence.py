"""Downloads of what is claimed about a release: the stored bytes, exactly as they were signed.

Not in charge of finding them (`catalog.evidence`) nor of their signatures.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog import evidence
from catalog.api.views import ARCHITECTURE, release_of
from catalog.models import Release
from tenants.access import needs
from tenants.roles import Permission


class _Download(APIView):
    """One document of a release as an attachment."""

    permission_classes = [needs(Permission.IMAGE_VIEW)]
    kind: str
    media_type: str
    suffix: str

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # The document has one form; only problem documents are rendered.
        return super().perform_content_negotiation(request, force=True)

    def get(self, request: Request, name: str, digest: str) -> HttpResponse:
        release = release_of(self)
        architecture = request.query_params.get("architecture", "")
        subject = subject_of(release, architecture)
        try:
            content = evidence.find(release.repository, subject, self.kind)
        except evidence.NoEvidence as error:
            raise Http404 from error
        response = HttpResponse(content, content_type=self.media_type)
        stem = f"{name.replace('/', '-')}-{release.unique_tag}{f'-{architecture}' if architecture else ''}"
        response["Content-Disposition"] = f'attachment; filename="{stem}{self.suffix}"'
        return response


def subject_of(release: Release, architecture: str) -> str:
    """The digest that a document is about: the index, or one architecture's manifest. Raises Http404."""
    if not architecture:
        return release.digest
    platform = release.platforms.get(architecture)
    if platform is None:
        raise Http404
    return str(platform["digest"])


@extend_schema(
    tags=["repositories"],
    summary="Download the SPDX bill of materials",
    parameters=[ARCHITECTURE],
    responses={(200, "application/spdx+json"): OpenApiTypes.OBJECT},
)
class Sbom(_Download):
    kind, media_type, suffix = "sbom", "application/spdx+json", ".spdx.json"


@extend_schema(
    tags=["repositories"],
    summary="Download the SLSA provenance",
    parameters=[ARCHITECTURE],
    responses={(200, "application/vnd.in-toto+json"): OpenApiTypes.OBJECT},
)
class Provenance(_Download):
    kind, media_type, suffix = "provenance", "application/vnd.in-toto+json", ".provenance.json"
