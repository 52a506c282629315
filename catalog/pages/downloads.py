"""Evidence of a release as a file: exactly the stored bytes, named with the digest they are about; and tables as CSV."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from catalog import changelogs
from catalog import evidence as stored
from catalog.models import Release
from catalog.pages.evidence_page import packages_of
from registry import visibility
from registry.visibility import View
from tenants.access import tenant_for
from tenants.roles import Permission
from tenants.sheets import csv_table

MEDIA_TYPES = {
    "sbom": ("application/spdx+json", "spdx.json"),
    "provenance": ("application/vnd.in-toto+json", "provenance.json"),
    "signature": ("application/json", "signature.json"),
    "scan": ("application/vnd.in-toto+json", "scan.json"),
    "test-result": ("application/vnd.in-toto+json", "test-result.json"),
}
#: Tables that are made of rows, not stored.
TABLES = {
    "packages": ("package", "version", "source", "licences"),
    "fixes": ("vulnerability", "source", "version", "date"),
}


def evidence(request: HttpRequest, name: str, kind: str, digest: str) -> HttpResponse:
    """One document about `digest`, when this tenant may pull that digest from `name`; else 404."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    view = visibility.find(tenant=tenant, name=name)
    if view is None or view.manifest(digest) is None:
        raise Http404
    if kind in TABLES:
        return _table(view, name, kind, digest)
    if kind not in MEDIA_TYPES:
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


def _table(view: View, name: str, kind: str, digest: str) -> HttpResponse:
    """What the page lists, whole and in its order."""
    release = Release.objects.filter(repository=view.repository, digest=digest).first()
    if release is None:
        raise Http404
    rows: Iterable[tuple[str, ...]]
    if kind == "packages":
        rows = packages_of(release)
    else:
        rows = ((fix.name, fix.package, fix.version, fix.date) for fix in changelogs.told(release).fixes)
    text = "".join(csv_table(TABLES[kind], rows))
    file_name = f"{name.replace('/', '-')}-{release.unique_tag}-{kind}.csv"
    disposition = content_disposition_header(True, file_name) or "attachment"
    return HttpResponse(
        text, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )
