"""The verification keys, for anyone: `/.well-known/signing/` of every host. Reads public files only.

`cosign.pub` is the vendor's key: it approves everything a host serves. `tenant.pub` is the key that signs
what the tenant builds, with its attestations; `keys.json` lists all, older ones included.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from builds.signing import ring
from tenants.models import Tenant

#: What cosign 2.6 wants beside a key to verify bundles offline: a root that trusts no certificate and no log.
TRUSTED_ROOT = {
    "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    "tlogs": [],
    "certificateAuthorities": [],
    "ctlogs": [],
    "timestampAuthorities": [],
}


def _tenant(request: HttpRequest) -> Tenant | None:
    return getattr(request, "tenant", None)


def _pem(tenant: Tenant | None) -> HttpResponse:
    keys = ring.public_keys(tenant)
    if not keys:
        raise Http404
    return HttpResponse(keys[0].pem, content_type="application/x-pem-file")


@require_safe
@cache_control(public=True, max_age=300)
def cosign_pub(request: HttpRequest) -> HttpResponse:
    return _pem(None)


@require_safe
@cache_control(public=True, max_age=300)
def tenant_pub(request: HttpRequest) -> HttpResponse:
    tenant = _tenant(request)
    if tenant is None:
        raise Http404
    return _pem(tenant)


@require_safe
@cache_control(public=True, max_age=300)
def keys_json(request: HttpRequest) -> HttpResponse:
    entries: list[dict[str, Any]] = []
    tenant = _tenant(request)
    for use, owner in (("catalogue", None), *((("golden", tenant),) if tenant else ())):
        for position, key in enumerate(ring.public_keys(owner)):
            entries.append(
                {
                    "use": use,
                    "id": key.hint,
                    "algorithm": "ecdsa-p256-sha256",
                    "is_current": position == 0,
                    "pem": key.pem.decode(),
                }
            )
    return HttpResponse(json.dumps({"keys": entries}), content_type="application/json")


@require_safe
@cache_control(public=True, max_age=300)
def trusted_root(request: HttpRequest) -> HttpResponse:
    return HttpResponse(json.dumps(TRUSTED_ROOT), content_type="application/json")


urlpatterns = [
    path("cosign.pub", cosign_pub, name="signing-key"),
    path("tenant.pub", tenant_pub, name="signing-key-tenant"),
    path("keys.json", keys_json, name="signing-keys"),
    path("trusted_root.json", trusted_root, name="signing-trusted-root"),
]
