"""From an address to a tenant: host names, and paths on the portal's own host.

On a tenant's host the whole path is the tenant's. On the portal host the first path component names the
tenant (`/acme/images/`); it is moved into the script prefix, so that every view and every `reverse()` is
the same in both places. An unknown host is answered 421 and never falls back to a tenant.
On the portal's host outside any tenant the platform's own pages see all tenants' rows.
Not in charge of rights: see `tenants.access`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import set_script_prefix
from django.utils import translation

from tenants import scope
from tenants.compiled import compiled
from tenants.models import Hostname, Tenant
from tenants.names import RESERVED

#: An address in brackets, or labels with one dot between two and at most one behind the last; then a port.
_HOST = re.compile(r"(?:(\[[0-9a-f:.]+\])|([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?)(?::[0-9]{1,5})?", re.ASCII)


class UnknownHost(LookupError):
    """No tenant answers on this host name, and it is not the portal's."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request arrived: the host it named (with port), the tenant, and how paths start."""

    host: str
    tenant: Tenant | None
    is_portal_host: bool

    @property
    def name(self) -> str:
        """The host name alone, as it stands in a name server's records."""
        return normal_host(self.host)

    @property
    def path_prefix(self) -> str:
        """What comes before a tenant's pages: "" on its own host, "/acme" on the portal's."""
        return f"/{self.tenant.slug}" if self.tenant and self.is_portal_host else ""

    @property
    def registry(self) -> str:
        """What comes before a repository name in a pull: "acme.localhost:8000", "localhost:8000/acme"."""
        return f"{self.host}{self.path_prefix}"

    @property
    def origin(self) -> str:
        return f"{settings.PORTAL_SCHEME}://{self.host}"


def normal_host(raw: str) -> str:
    """The lower-case host name without port and trailing dot; "" for what is no host with a port at all.

    Strict to the end, since what people are sent is written with the whole header: in a link to
    `acme.example:@evil.example` the host would be another. A name that this gave is given back as it is.
    """
    match = _HOST.fullmatch(raw.strip().lower())
    return match[1] or match[2] if match else ""


def portal_hosts() -> frozenset[str]:
    name = normal_host(settings.PORTAL_HOST)
    return frozenset({name, "127.0.0.1", "[::1]"}) if name == "localhost" else frozenset({name})


def tenant_of_host(raw: str) -> Tenant | None:
    """The tenant that answers on this Host header, or None on the portal's own host.

    Raises UnknownHost.
    """
    name = normal_host(raw)
    if name in portal_hosts():
        return None
    found = _verified.first(name)
    if found is None:
        raise UnknownHost(name)
    return found.tenant


def tenant_of_path(path: str) -> Tenant | None:
    """The tenant that the first component of `path` names, or None."""
    slug = path.lstrip("/").partition("/")[0]
    if not slug or slug in RESERVED:
        return None
    return _called.first(slug)


@compiled
def _verified(name: str) -> QuerySet[Hostname]:
    found = Hostname.objects.filter(name=name, verified_at__isnull=False, tenant__is_active=True)
    return found.select_related("tenant")[:1]


@compiled
def _called(slug: str) -> QuerySet[Tenant]:
    return Tenant.objects.filter(slug=slug, is_active=True)[:1]


class AddressMiddleware:
    """Sets `request.address` and `request.tenant`, and runs the rest with that tenant active."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = request.META.get("HTTP_HOST", "")
        try:
            tenant = tenant_of_host(host)
        except UnknownHost:
            return _unknown_host(request)
        is_portal_host = tenant is None
        if is_portal_host:
            tenant = tenant_of_path(request.path_info)
        request.tenant = tenant  # type: ignore[attr-defined]
        request.address = Address(host, tenant, is_portal_host)  # type: ignore[attr-defined]
        if tenant is not None:
            request.urlconf = settings.TENANT_URLCONF
            if is_portal_host:
                self._move_prefix(request, f"/{tenant.slug}")
        # Per thread, so it must never be left over from the request before.
        set_script_prefix(request.META.get("SCRIPT_NAME", "") + "/")
        with scope.at(tenant):
            return self.get_response(request)

    @staticmethod
    def _move_prefix(request: HttpRequest, prefix: str) -> None:
        # WSGI's own mechanism for an application mounted below a path: SCRIPT_NAME grows, PATH_INFO shrinks.
        request.path_info = request.path_info[len(prefix) :] or "/"
        request.META["SCRIPT_NAME"] = request.META.get("SCRIPT_NAME", "") + prefix
        request.META["PATH_INFO"] = request.path_info


def _unknown_host(request: HttpRequest) -> HttpResponse:
    """421: a page for a browser, one line for everything else."""
    if "text/html" in request.META.get("HTTP_ACCEPT", ""):
        # This comes before any other part of the answer knows the language: the thread's is of the request before.
        with translation.override(translation.get_language_from_request(request)):
            return HttpResponse(render_to_string("421.html"), status=421)
    return HttpResponse("No portal answers on this host name.\n", status=421, content_type="text/plain")


def tenant_context(request: HttpRequest) -> dict[str, Any]:
    """Template variables every page has: `tenant` and `address`."""
    return {"tenant": getattr(request, "tenant", None), "address": getattr(request, "address", None)}
