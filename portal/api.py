"""What all of the JSON API shares: pages of results, and errors as RFC 9457 problem documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.response import Response

from registry.document import is_storable


class StrictJSONParser(JSONParser):
    """JSON that can be kept: not nested past reading, no NUL and no half of a surrogate pair in any text."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            body = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        if not all(map(is_storable, _texts_in(body))):
            raise ParseError("The body holds NUL or half of a surrogate pair, which is no text.")
        return body


def _texts_in(body: Any) -> Iterator[str]:
    waiting = [body]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one


class Pages(PageNumberPagination):
    page_size_query_param = "page_size"
    max_page_size = 200


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into `application/problem+json` with a stable `type` (RFC 9457)."""
    from rest_framework.views import exception_handler  # its views ask the settings for this module

    if isinstance(error, PermissionDenied):
        error = Http404()  # "not yours" and "not there" are one answer
    response = exception_handler(error, context)
    if response is None:
        return None
    detail = response.data.get("detail") if isinstance(response.data, dict) else None
    problem: dict[str, Any] = {
        "type": f"urn:assay:error:{_code(error, detail)}",
        "title": response.status_text,
        "status": response.status_code,
    }
    if detail is not None:
        problem["detail"] = str(detail)
    if isinstance(error, ValidationError):
        problem["detail"] = "The request has not the form it should have."
        problem["errors"] = list(field_errors(response.data))
    elif errors := getattr(error, "errors", None):
        problem["errors"] = errors
    response.data = problem
    response.content_type = "application/problem+json"
    return response


def _code(error: Exception, detail: Any) -> str:
    if isinstance(error, ValidationError):
        return "invalid"
    given = getattr(detail, "code", None)
    return str(given or (error.default_code if isinstance(error, APIException) else "not_found"))


def field_errors(data: Any, field: str = "") -> list[dict[str, str]]:
    """DRF's nested errors as a flat list of field ("env.PATH", "packages[1]"), code and sentence."""
    if isinstance(data, dict):
        return [error for key, value in data.items() for error in field_errors(value, _below(field, key))]
    if isinstance(data, list) and any(isinstance(item, dict | list) for item in data):
        return [error for index, item in enumerate(data) for error in field_errors(item, f"{field}[{index}]")]
    items = data if isinstance(data, list) else [data]
    return [
        {"field": field, "code": str(getattr(item, "code", "invalid")), "sentence": str(item)}
        for item in items
    ]


def _below(field: str, key: Any) -> str:
    if isinstance(key, int):
        return f"{field}[{key}]"
    if key == "non_field_errors":
        return field
    return f"{field}.{key}" if field else str(key)
