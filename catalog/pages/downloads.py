"""Evidence of a release as a file: exactly the stored bytes, named with the digest they are about."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from catalog import evidence as stored
from registry import visibility
from tenants.access import tenant_for
from tenants.roles import Permission

MEDIA_TYPES = {
    "sbom": ("application/spdx+json", "spdx.json"),
    "provenance": ("application/vnd.in-toto+json", "provenance.json"),
    "signature": ("application/json", "signature.json"),
    "scan": ("application/vnd.in-toto+json", "scan.json"),
    "test-result": ("application/vnd.in-toto+json", "test-result.json"),
}


def evidence(request: HttpRequest, name: str, kind: str, digest: str) -> HttpResponse:
    """One document about `digest`, when this tenant may pull that digest from `name`; else 404."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    view = visibility.find(tenant=tenant, name=name)
    if view is None or kind not in MEDIA_TYPES or view.manifest(digest) is None:
        raise Http404
    try:
        content = stored.find(view.repository, digest, kind)
    except LookupError as error:
        raise Http404 from error
    media_type, ending = MEDIA_TYPES[kind]
    file_name = f"{name.replace('/', '-')}-{digest.replace(':', '-')}.{ending}"
    return HttpResponse(
        content,
        content_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
