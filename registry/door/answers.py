"""Responses: plain ones, JSON, and the one shape of every error."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse

from registry import bearer
from registry.errors import RegistryError, Unauthorized

#: Headers of every answer of this door.
ALWAYS = {"Docker-Distribution-API-Version": "registry/2.0", "X-Content-Type-Options": "nosniff"}


def plain(status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    """A response without a body."""
    response = HttpResponse(status=status, headers=headers)
    if "Content-Type" not in (headers or {}):
        del response["Content-Type"]
    response.headers.setdefault("Content-Length", "0")
    return response


def as_json(
    body: Any,
    *,
    status: int = 200,
    media_type: str = "application/json",
    headers: dict[str, str] | None = None,
    is_ascii: bool = True,
) -> HttpResponse:
    content = json.dumps(body, separators=(",", ":"), ensure_ascii=is_ascii).encode()
    response = HttpResponse(content, status=status, content_type=media_type, headers=headers)
    response["Content-Length"] = str(len(content))
    return response


def refusal(error: RegistryError) -> HttpResponse:
    entry: dict[str, Any] = {"code": error.code, "message": error.sentence}
    if error.detail:
        entry["detail"] = error.detail
    return as_json({"errors": [entry]}, status=error.status, headers=error.headers)


def challenge(request: HttpRequest, host: str, scope: str) -> HttpResponse:
    """401 that tells the client where to get a token for `scope` ("" for none), on the same host."""
    response = refusal(Unauthorized())
    parts = [f'realm="{bearer.realm(host)}"', f'service="{host}"']
    if scope:
        parts.append(f'scope="{scope}"')
    if request.META.get("HTTP_AUTHORIZATION", "").lower().startswith("bearer"):
        parts.append(f'error="{_trouble_with(request, host)}"')
    response["WWW-Authenticate"] = "Bearer " + ",".join(parts)
    return response


def _trouble_with(request: HttpRequest, host: str) -> str:
    """RFC 6750, section 3.1."""
    text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")[2].strip()
    return "insufficient_scope" if bearer.verify(text, host=host) else "invalid_token"
