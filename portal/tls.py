"""Whether a proxy may fetch a certificate for a host name (the question of Caddy's on-demand TLS)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from tenants.hostnames import serves


def is_allowed(request: HttpRequest) -> HttpResponse:
    """`?domain=<name>`: 200 for a name that answers here, 404 for every other."""
    return HttpResponse(status=200 if serves(request.GET.get("domain", "")[:300]) else 404)
