"""The audit trail of a tenant: read, filtered, taken away as a file. Nothing here writes but `export`'s own entry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from tenants import audit
from tenants.access import person_for, tenant_for
from tenants.models import AuditEntry, Tenant
from tenants.roles import Permission
from tenants.scope import acting_for
from tenants.sessions import client_address
from tenants.sheets import csv_table

ROWS = 50
FIELDS = ("sequence", "at", "actor", "verb", "object", "address", "data", "previous", "hash")
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the trail is asked for: the start of a verb, a part of the actor's name."""

    verb: str = ""
    actor: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Filters:
        verb, actor = (request.GET.get(each, "").strip()[:100] for each in ("verb", "actor"))
        return cls(verb, actor)

    def entries(self, tenant: Tenant) -> QuerySet[AuditEntry]:
        """The tenant's entries that match, newest first."""
        found = AuditEntry.objects.filter(chain=audit.chain_of(tenant), tenant=tenant)
        if self.verb:
            found = found.filter(verb__startswith=self.verb)
        if self.actor:
            found = found.filter(actor__icontains=self.actor)
        return found.order_by("-sequence")


def index(request: HttpRequest) -> HttpResponse:
    """The entries, newest first."""
    tenant = tenant_for(request, Permission.AUDIT_VIEW)
    filters = Filters.of(request)
    page = Paginator(filters.entries(tenant), ROWS).get_page(request.GET.get("page"))
    return render(request, "tenants/audit.html", {"section": "audit", "page": page, "filters": filters})


def export(request: HttpRequest, form: str) -> HttpResponse | StreamingHttpResponse:
    """The same entries, all of them, oldest first, as CSV or JSON lines."""
    tenant = tenant_for(request, Permission.AUDIT_VIEW)
    if form not in _TYPES:
        raise Http404
    filters = Filters.of(request)
    audit.record(
        tenant=tenant,
        actor=person_for(request),
        verb="audit.exported",
        object=form,
        address=client_address(request),
        data={"verb": filters.verb, "actor": filters.actor},
    )
    entries = _read_for(tenant, filters.entries(tenant).order_by("sequence").iterator(chunk_size=500))
    response = StreamingHttpResponse(
        as_csv(entries) if form == "csv" else as_json_lines(entries), content_type=_TYPES[form]
    )
    response["Content-Disposition"] = f'attachment; filename="{tenant.slug}-audit.{form}"'
    return response


def as_csv(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """One line an entry, safe to open in a spreadsheet."""
    return csv_table(FIELDS, (_values(entry).values() for entry in entries))


def as_json_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """One JSON object a line, exact: what `audit.digest_of` was computed over is all there."""
    for entry in entries:
        yield json.dumps({**_values(entry), "data": entry.data}, ensure_ascii=False) + "\n"


def _read_for(tenant: Tenant, entries: Iterator[AuditEntry]) -> Iterator[AuditEntry]:
    """The same, read as the tenant: a stream is read when the request is over, and nobody active any more."""
    while True:
        with acting_for(tenant):
            entry = next(entries, None)
        if entry is None:
            return
        yield entry


def _values(entry: AuditEntry) -> dict[str, object]:
    values = {name: getattr(entry, name) for name in FIELDS}
    return {**values, "at": entry.at.isoformat(), "data": json.dumps(entry.data, ensure_ascii=False)}
