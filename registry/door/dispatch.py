"""From a path below `/v2/` or `/auth/token` to its handler, and every refusal to its answer.

Runs without the middleware stack (see `portal.wsgi`): no session, no CSRF, no template.
"""

from __future__ import annotations

import errno
import logging
import re
from collections.abc import Callable
from typing import NamedTuple

from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from registry import callers
from registry.door import answers, blobs, lists, manifests, remembered, uploads
from registry.door.asking import Asking, AskingAt
from registry.door.counting import counted
from registry.door.token import token as give_token
from registry.errors import (
    AddressUnknown,
    HostUnknown,
    MethodUnsupported,
    NameUnknown,
    ParameterInvalid,
    RegistryError,
    StorageFull,
    Unauthorized,
)
from registry.names import check_name
from registry.places import Host, host_of, place_of
from tenants import scope

_log = logging.getLogger(__name__)


class Route(NamedTuple):
    """A pattern with the repository's name first and at most one more part."""

    pattern: re.Pattern[str]
    methods: frozenset[str]
    handler: Callable[..., HttpResponseBase]


def _route(pattern: str, methods: str, handler: Callable[..., HttpResponseBase]) -> Route:
    return Route(re.compile(pattern), frozenset(methods.split()), handler)


_ROUTES = (
    _route(r"(.+)/manifests/([^/]+)", "GET HEAD PUT DELETE", manifests.manifest),
    _route(r"(.+)/blobs/uploads/?", "POST", uploads.begin),
    _route(r"(.+)/blobs/uploads/([^/]+)", "GET PATCH PUT DELETE", uploads.upload),
    _route(r"(.+)/blobs/([^/]+)", "GET HEAD DELETE", blobs.blob),
    _route(r"(.+)/tags/list", "GET", lists.tags),
    _route(r"(.+)/referrers/([^/]+)", "GET", lists.referrers),
)
_ACTIONS = {"GET": "pull", "HEAD": "pull", "DELETE": "delete"}


def serves(path: str) -> bool:
    """Whether an address is the door's."""
    return path == "/v2" or path.startswith("/v2/") or path == "/auth/token"


def answer(request: HttpRequest) -> HttpResponseBase:
    """The response to a request that `serves` said is ours; never raises for what a client sent."""
    try:
        with scope.platform_wide():  # as who asks: it saves telling the database twice
            host = host_of(request.META.get("HTTP_HOST", ""))
    except HostUnknown as error:
        return answers.refusal(error)
    try:
        with scope.at(host.tenant):
            response = _answer(request, host)
    except RegistryError as error:
        response = answers.refusal(error)
    except SuspiciousOperation:  # Django's word for, among others, a thousand parameters
        response = answers.refusal(ParameterInvalid())
    except (OSError, OperationalError) as error:
        response = _fault(request) if not _is_full(error) else answers.refusal(StorageFull())
    except Exception:  # noqa: BLE001 - a client of this door expects its error format, not a page
        response = _fault(request)
    for name, value in answers.ALWAYS.items():
        response[name] = value
    return response


def _fault(request: HttpRequest) -> HttpResponse:
    _log.exception("Fault while answering %s %s", request.method, request.path)
    fault = {"errors": [{"code": "UNKNOWN", "message": "The registry failed; the fault is ours."}]}
    return answers.as_json(fault, status=500)


def _is_full(error: OSError | OperationalError) -> bool:
    """Whether the disk of the store, or of the database, has no room left."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return "disk is full" in str(error) or "No space left" in str(error)


def _answer(request: HttpRequest, host: Host) -> HttpResponseBase:
    if request.path_info == "/auth/token":
        return give_token(Asking(request, host, callers.Caller()))
    path = request.path_info.removeprefix("/v2").removeprefix("/")
    if path in ("", "_catalog"):
        return _about_host(request, host, path)
    for route in _ROUTES:
        match = route.pattern.fullmatch(path)
        if match is not None:
            return _at_place(request, host, route, match)
    raise AddressUnknown


def _caller(request: HttpRequest, host: Host) -> callers.Caller:
    with counted(request):
        return callers.of_header(request.META.get("HTTP_AUTHORIZATION", ""), host=host.name)


def _about_host(request: HttpRequest, host: Host, path: str) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        raise MethodUnsupported
    try:
        caller = _caller(request, host)
        if path == "_catalog":
            return lists.catalog(Asking(request, host, caller))
        if caller.is_anonymous and caller.claims is None:
            raise Unauthorized
    except Unauthorized:
        return answers.challenge(request, host.name, "registry:catalog:*" if path else "")
    return answers.as_json({})


def _at_place(request: HttpRequest, host: Host, route: Route, match: re.Match[str]) -> HttpResponseBase:
    wire, *rest = match.groups()
    check_name(wire, host=host.name)
    if request.method not in route.methods:
        raise MethodUnsupported(headers={"Allow": ", ".join(sorted(route.methods))})
    try:
        caller = _caller(request, host)
        try:
            place = place_of(host, wire)
        except NameUnknown:
            # Someone without credentials learns nothing from which names are tenants.
            raise (Unauthorized if caller.is_anonymous else NameUnknown) from None
        with scope.at(place.tenant):
            return _handled(AskingAt(request, host, caller, place), route, rest)
    except Unauthorized:
        action = _ACTIONS.get(request.method or "", "pull,push")
        if route.handler is uploads.upload:
            action = "pull,push"
        needed = f"repository:{wire}:{action}"
        if route.handler is uploads.begin and (source := _mount_source(request, host)):
            needed += f" repository:{source}:pull"
        return answers.challenge(request, host.name, needed)


def _mount_source(request: HttpRequest, host: Host) -> str:
    """Where a client wants to mount from, so that it asks for a token that covers it; "" for no name."""
    source = str(request.GET.get("from", "")) if "mount" in request.GET else ""
    try:
        return check_name(source, host=host.name) if source else ""
    except RegistryError:
        return ""


def _handled(asking: AskingAt, route: Route, rest: list[str]) -> HttpResponseBase:
    try:
        return route.handler(asking, *rest)
    finally:
        if asking.method not in ("GET", "HEAD"):
            remembered.wrote(asking.place)
