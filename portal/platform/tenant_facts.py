"""What every page about tenants says of each: how many people, images, charts and grants, and what waits."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404

from catalog.models import AccessRequest, Entitlement
from registry.models import Grant
from tenants.models import Membership, Tenant


def with_facts(tenants: QuerySet[Tenant]) -> QuerySet[Tenant]:
    """Each with `people`, `images`, `charts`, `granted` and `waiting` (open requests), in the same query."""
    waiting = AccessRequest.objects.filter(state=AccessRequest.State.OPEN)
    return tenants.annotate(
        people=_count(Membership.objects.all()),
        images=_count(Entitlement.objects.filter(image__isnull=False)),
        charts=_count(Entitlement.objects.filter(chart__isnull=False)),
        granted=_count(Grant.objects.all()),
        waiting=_count(waiting),
    )


def tenant_called(slug: str) -> Tenant:
    """That tenant, with its facts and host names. Raises Http404."""
    tenant = with_facts(Tenant.objects.filter(slug=slug)).prefetch_related("hostnames").first()
    if tenant is None:
        raise Http404
    return tenant


def of_tenant(tenant: Tenant, tab: str, **more: Any) -> dict[str, Any]:
    """The context of a page about one tenant; `tab` says which."""
    hostnames = sorted(tenant.hostnames.all(), key=lambda host: (not host.is_primary, host.name))
    return {"section": "tenants", "shown": tenant, "hostnames": hostnames, "tab": tab, **more}


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many of `rows` are of the tenant at hand."""
    of_tenant = rows.filter(tenant=OuterRef("pk")).order_by().values("tenant")
    return Coalesce(Subquery(of_tenant.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)
