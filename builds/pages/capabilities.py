"""What an image's packages can do, and what changed between two of its releases.

For images of the catalogue and golden images alike. Not in charge of finding capabilities (`builds.engine.scan`)
nor of holding a release back for them (`builds.capabilities`).
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from builds import capabilities
from catalog.pages import choosing
from registry import visibility
from tenants.access import tenant_for
from tenants.roles import Permission


@require_GET
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Two releases held against each other; the newest two unless `?a=` and `?b=` name others."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    view = visibility.find(tenant=tenant, name=name)
    if view is None:
        raise Http404
    asked = (request.GET.get("a", ""), request.GET.get("b", ""))
    before, after = choosing.pair(view, *asked)
    if (asked[0] and before is None) or (asked[1] and after is None):
        raise Http404  # the grant shows other releases only
    newest, is_golden = capabilities.of_release(after), view.repository.tenant_id is not None
    context = {
        "releases": choosing.choices(view),
        "before": before,
        "after": after,
        "section": "golden" if is_golden else "images",
        "name": name,
        "is_golden": is_golden,
        "scanned": newest,
        "difference": capabilities.difference(capabilities.of_release(before) if before else newest, newest),
    }
    return render(request, "builds/capabilities.html", context)
