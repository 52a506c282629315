"""One chart: README, values with schema and search, templates, images by digest, versions; and what to install with.

`?version=` chooses a version, `?tab=` a part of the page. Not in charge of reading archives: what is shown was written
down when the chart was published or imported.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.charts import available, offered, relocated
from catalog.charts.locking import Locked, locked
from catalog.charts.offered import Found
from catalog.charts.options import Option
from catalog.charts.places import Place
from catalog.charts.reading import text_of
from catalog.charts.refusals import ChartRefused
from catalog.models import ChartVersion
from catalog.pages.chart_commands import Commands
from catalog.pages.hallmarks import signed
from catalog.pages.markdown import as_html
from catalog.pages.source_text import numbered
from registry import visibility
from registry.visibility import View
from tenants.access import tenant_for
from tenants.models import Tenant
from tenants.roles import Permission

TABS = ("overview", "values", "templates", "images", "versions")
ROWS = 100


@dataclass(frozen=True)
class Shown:
    """A version of a chart as one tenant sees it; `version` is None while none is published."""

    tenant: Tenant
    chart: Found
    version: ChartVersion | None

    @cached_property
    def view(self) -> View | None:
        """Its repository as the tenant sees it."""
        return visibility.find(tenant=self.tenant, name=self.chart.shown)

    @cached_property
    def locked(self) -> list[Locked]:
        """What it deploys, by digest here."""
        places = self.version.places if self.version else []
        return locked(tenant=self.tenant, places=[Place.from_json(one) for one in places])


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    """The chart's page; htmx gets the values' rows alone. Of one that is only available, what it is and what it lacks."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    chart = offered.find(tenant=tenant, name=name)
    if chart is None:
        return _available(request, tenant, name)
    shown = _shown(request, tenant, chart)
    asked = request.GET.get("tab", "")
    tab = asked if asked in TABS else TABS[0]
    context = {
        "section": "charts",
        "chart": shown.chart,
        "version": shown.version,
        "newest": shown.chart.newest,
        "tab": tab,
    }
    if shown.version is not None:
        context |= _PARTS[tab](shown, request)
        context |= _always(shown, request)
    if request.headers.get("HX-Target") == "rows":
        return render(request, "catalog/_chart_options.html", context)
    return render(request, "catalog/chart.html", context)


def _always(shown: Shown, request: HttpRequest) -> dict[str, Any]:
    """What stands above the tabs: the images, and the commands for this host."""
    found = shown.locked
    is_ours = shown.version is not None and not shown.chart.is_own
    return {
        "mark": signed(shown.version.signing_key, "overview") if is_ours and shown.version else None,
        "locked": found,
        "missing": sum(not one.digest and not one.place.when for one in found),
        "kinds": shown.version.kinds if shown.version else [],
        "commands": _commands(shown, request),
    }


def _commands(shown: Shown, request: HttpRequest) -> Commands:
    version = shown.version
    paths = {option["path"] for option in version.options} if version else set()
    return Commands.of(
        registry=registry_of(request),
        origin=str(getattr(request, "address").origin),  # noqa: B009
        alias=shown.tenant.slug,
        shown=shown.chart.shown,
        version=version.version if version else "",
        changes=relocated.changes_for(version, shown.locked, registry_of(request)) if version else {},
        has_secrets="imagePullSecrets" in paths,
        is_open=shown.tenant.is_open,
    )


def _available(request: HttpRequest, tenant: Tenant, name: str) -> HttpResponse:
    """A chart that comes with images which the tenant may ask for. Raises Http404."""
    found = available.find(tenant=tenant, name=name)
    if found is None:
        raise Http404
    version, lacks = found
    context = {"section": "charts", "version": version, "lacks": lacks, "readme": as_html(version.readme)}
    return render(request, "catalog/chart_available.html", context)


def _shown(request: HttpRequest, tenant: Tenant, chart: Found) -> Shown:
    """The chart at `?version=`, else at its newest version. Raises Http404."""
    asked = request.GET.get("version")
    newest = chart.newest.pk if chart.newest is not None else None
    chosen = newest if asked is None else chart.versions.called(asked)
    if asked is not None and chosen is None:
        raise Http404
    whole = ChartVersion.objects.get(pk=chosen) if chosen is not None else None
    return Shown(tenant, chart, whole)


def _overview(shown: Shown, request: HttpRequest) -> dict[str, Any]:
    version = shown.version
    facts = version.metadata if version else {}
    home = str(facts.get("home", ""))
    return {
        "readme": as_html(version.readme) if version else "",
        "facts": facts,
        "home": home if home.startswith("https://") else "",
    }


def _values(shown: Shown, request: HttpRequest) -> dict[str, Any]:
    """Options that contain every word of `?q=`, in their path, note or default."""
    version = shown.version
    words = request.GET.get("q", "").casefold().split()[:8]
    options: list[Option] = version.options if version else []
    found = [one for one in options if all(word in _text(one) for word in words)]
    return {
        "q": request.GET.get("q", "")[:200],
        "page": Paginator(found, ROWS).get_page(request.GET.get("page")),
        "total": len(options),
        "schema": json.dumps(version.values_schema, indent=2) if version and version.values_schema else "",
    }


def _text(option: Option) -> str:
    return f"{option['path']} {option['note']} {option['default']}".casefold()


def _templates(shown: Shown, request: HttpRequest) -> dict[str, Any]:
    """`?file=` shows the text of one. Raises Http404 for one that is not in the list."""
    file, version = request.GET.get("file", ""), shown.version
    if not file or version is None:
        return {}
    manifest = shown.view.manifest(version.digest) if shown.view is not None else None
    if manifest is None or file not in [one["path"] for one in version.templates]:
        raise Http404
    try:
        return {"file": file, "text": numbered(text_of(shown.chart.chart.repository, manifest, file))}
    except ChartRefused as refused:
        return {"file": file, "unread": refused}


def _images(shown: Shown, request: HttpRequest) -> dict[str, Any]:
    return {
        "registry": registry_of(request),
        "is_unlocked": any(
            value is True for one in shown.locked if one.digest for _, value in one.place.also
        ),
    }


def _versions(shown: Shown, request: HttpRequest) -> dict[str, Any]:
    return {"page": Paginator(shown.chart.versions, ROWS).get_page(request.GET.get("page"))}


_PARTS: dict[str, Callable[[Shown, HttpRequest], dict[str, Any]]] = {
    "overview": _overview,
    "values": _values,
    "templates": _templates,
    "images": _images,
    "versions": _versions,
}


def registry_of(request: HttpRequest) -> str:
    """What references begin with on the host that is asked."""
    return str(getattr(request, "address").registry)  # noqa: B009
