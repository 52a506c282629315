"""What all of the JSON API shares: pages of results, and errors as RFC 9457 problem documents."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler


class Pages(PageNumberPagination):
    page_size_query_param = "page_size"
    max_page_size = 200


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into `application/problem+json` with a stable `type` (RFC 9457)."""
    if isinstance(error, PermissionDenied):
        error = Http404()  # "not yours" and "not there" are one answer
    response = exception_handler(error, context)
    if response is None:
        return None
    code = error.default_code if isinstance(error, APIException) else "not_found"
    detail = response.data.get("detail") if isinstance(response.data, dict) else None
    problem: dict[str, Any] = {
        "type": f"urn:assay:error:{getattr(detail, 'code', None) or code}",
        "title": response.status_text,
        "status": response.status_code,
    }
    if detail is not None:
        problem["detail"] = str(detail)
    if isinstance(error, ValidationError):
        problem["errors"] = response.data
    response.data = problem
    response.content_type = "application/problem+json"
    return response
