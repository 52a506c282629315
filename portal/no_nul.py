"""NUL, which no database compares or keeps: left out of questions, refused in an address' path or a form.

SQLite would find nothing, PostgreSQL would fail in the middle of a view. Not in charge of the registry, which answers
in its own words (`registry.door`), nor of JSON (`portal.api`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import translation

REGISTRY = ("/v2/", "/auth/")
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class NoNulMiddleware:
    """Before any part that asks the database, the tenant of the address among them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(REGISTRY):
            if "\0" in request.path_info:
                return refused(request)
            while "%00" in (query := request.META.get("QUERY_STRING", "")):  # what is left may make another
                request.META["QUERY_STRING"] = query.replace("%00", "")
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        # What takes no token of a form is no page: its body may be a layer, and is not to be read here.
        if request.content_type not in FORMS or getattr(view, "csrf_exempt", False):
            return None
        texts = [text for name, values in request.POST.lists() for text in (name, *map(str, values))]
        return refused(request) if any("\0" in text for text in texts) else None


def refused(request: HttpRequest) -> HttpResponse:
    """400: a page for a browser, a problem document (RFC 9457) for everything else."""
    if "text/html" in request.META.get("HTTP_ACCEPT", ""):
        # The language of the thread may be that of the request before.
        with translation.override(translation.get_language_from_request(request)):
            return HttpResponse(render_to_string("400.html"), status=400)
    problem = {
        "type": "urn:assay:error:nul",
        "title": "Bad Request",
        "status": 400,
        "detail": "There is a NUL in the address or in the form, which is no text.",
    }
    return JsonResponse(problem, status=400, content_type="application/problem+json")
