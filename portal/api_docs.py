"""The API's contract (OpenAPI) and its browsable pages, served by ourselves: they work offline.

The same on a tenant's address and on the portal host, where the tenant is a part of the path.
"""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_script_prefix, include, path
from django.utils.decorators import method_decorator
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from builds.engine.formats import format_of
from catalog.api.looking import PackageImages

#: The versioned API itself; what the contract describes.
V1: list[URLPattern | URLResolver] = [
    path("api/v1/", include("catalog.api.urls")),
    path(
        "api/v1/packages/<str:name>/images/",
        PackageImages.as_view(order_of=format_of),
        name="api-package-images",
    ),
    path("api/v1/", include("registry.api.urls")),
    path("api/v1/", include("builds.api.urls")),
]


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the contract names access tokens."""

    target_class = "tenants.api_auth.TokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An access token: `assay_…`."}


class Schema(SpectacularAPIView):
    """The contract. Public: it tells nothing of any tenant."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    patterns = V1

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        response.data["servers"] = [server_of(request)]
        return response


def server_of(request: Request) -> dict[str, Any]:
    """Where the contract's paths begin: at this tenant, or below a tenant that the reader names."""
    if getattr(request, "tenant", None) is not None:
        return {"url": get_script_prefix().rstrip("/") or "/"}
    return {"url": "/{tenant}", "variables": {"tenant": {"default": "tenant", "description": "The tenant."}}}


# Swagger UI writes style attributes and shows its icons as data: addresses; nothing else is relaxed.
@method_decorator(
    csp_update({"style-src": ["'self'", "'unsafe-inline'"], "img-src": ["'self'", "data:"]}), name="dispatch"
)
class Docs(SpectacularSwaggerSplitView):
    """The contract to read and to try, without any third-party host."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    http_method_names = ["get", "head"]  # a page has no metadata that OPTIONS could tell
    url_name = "api-schema"


def not_found(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """An unknown address below `/api/`, as a problem document rather than a page."""
    from django.http import JsonResponse

    problem = {"type": "urn:assay:error:not_found", "title": "Not Found", "status": 404}
    return JsonResponse(problem, status=404, content_type="application/problem+json")


docs: list[URLPattern | URLResolver] = [
    path("api/schema/", Schema.as_view(), name="api-schema"),
    path("api/docs/", Docs.as_view(), name="api-docs"),
]
unknown: list[URLPattern | URLResolver] = [path("api/<path:rest>", not_found), path("api/", not_found)]
tenant_urls = [*V1, *docs, *unknown]
platform_urls = [*docs, *unknown]
