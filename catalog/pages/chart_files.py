"""What programs download of a chart: values that pull from this host, and the lock of its images.

Not in charge of the page they are linked from: `catalog.pages.chart`.
"""

from __future__ import annotations

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from catalog.charts import offered, relocated
from catalog.models import ChartVersion
from catalog.pages.chart import Shown, registry_of
from tenants.access import tenant_for
from tenants.roles import Permission


@require_safe
def values(request: HttpRequest, name: str, version: str) -> HttpResponse:
    """The version's values with this host's images written in; only what differs, where all cannot be kept."""
    shown = _version(request, name, version)
    text = relocated.values_for(shown.version, shown.locked, registry_of(request)) if shown.version else ""
    return _file(text, "application/yaml; charset=utf-8", f"{shown.chart.chart.name}-values.yaml")


@require_safe
def lock(request: HttpRequest, name: str, version: str) -> HttpResponse:
    """Which image, by digest on this host, stands for each that the version names."""
    shown = _version(request, name, version)
    registry = registry_of(request)
    images = [
        {
            "values": one.where,
            "asked": one.place.asked,
            "found": one.how,
            "reference": one.reference(registry) if one.digest else None,
            **({"when": one.place.when} if one.place.when else {}),
        }
        for one in shown.locked
    ]
    of_chart = shown.version
    document = {
        "chart": f"{registry}/{shown.chart.shown}",
        "version": of_chart.version if of_chart else "",
        "digest": of_chart.digest if of_chart else "",
        "images": images,
    }
    return _file(
        json.dumps(document, indent=2), "application/json", f"{shown.chart.chart.name}-images.lock.json"
    )


def _version(request: HttpRequest, name: str, version: str) -> Shown:
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    chart = offered.find(tenant=tenant, name=name)
    chosen = chart.versions.called(version) if chart is not None else None
    if chart is None or chosen is None:
        raise Http404
    return Shown(tenant, chart, ChartVersion.objects.get(pk=chosen))


def _file(text: str, media_type: str, name: str) -> HttpResponse:
    disposition = content_disposition_header(True, name) or "attachment"
    return HttpResponse(text, content_type=media_type, headers={"Content-Disposition": disposition})
