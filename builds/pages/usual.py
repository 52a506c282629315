"""How long builds of a tenant usually take, so that people know what to expect."""

from __future__ import annotations

from builds.models import Build
from tenants.models import Tenant

#: The newest successful builds that count.
LOOKED_AT = 9


def usual_seconds(tenant: Tenant | None) -> float | None:
    """Seconds from order to publish, the median of the newest successes; None before the first."""
    ended = Build.objects.filter(tenant=tenant, state=Build.State.SUCCEEDED).order_by("-ended_at")
    took = sorted(
        (end - begun).total_seconds()
        for begun, end in ended.values_list("ordered_at", "ended_at")[:LOOKED_AT]
        if end is not None
    )
    return took[len(took) // 2] if took else None
