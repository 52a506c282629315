"""All that a tenant is entitled to, set at once, and written to the platform's audit trail.

Not in charge of what a single promise is (`catalog.offer`) nor of what its grant shows (floor 1).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from catalog.models import Chart, Entitlement, Image
from catalog.offer import entitle
from registry import grants
from tenants import audit
from tenants.models import Tenant, User


@dataclass(frozen=True, slots=True)
class Changed:
    """Names of what was promised and of what was withdrawn."""

    added: tuple[str, ...]
    withdrawn: tuple[str, ...]


@transaction.atomic
def set_entitlements(
    *, tenant: Tenant, images: Collection[str], charts: Collection[str], actor: User | str, address: str = ""
) -> Changed:
    """Entitle `tenant` to exactly these images and charts (by name), beside all that is free.

    Names that the catalogue does not have are ignored.
    """
    held = Entitlement.objects.select_for_update().filter(tenant=tenant)
    images_now = set(held.filter(image__isnull=False).values_list("image_id", flat=True))
    charts_now = set(held.filter(chart__isnull=False).values_list("chart_id", flat=True))
    added: list[str] = []
    withdrawn: list[str] = []
    for image in Image.objects.select_related("repository"):
        is_wanted = image.is_free or image.name in images
        if is_wanted and image.pk not in images_now:
            entitle(tenant=tenant, image=image)
            added.append(image.name)
        elif not is_wanted and image.pk in images_now:
            withdraw(tenant=tenant, image=image)
            withdrawn.append(image.name)
    for chart in Chart.objects.filter(repository__tenant=None).select_related("repository"):
        if chart.name in charts and chart.pk not in charts_now:
            entitle(tenant=tenant, chart=chart)
            added.append(f"charts/{chart.name}")
        elif chart.name not in charts and chart.pk in charts_now:
            withdraw(tenant=tenant, chart=chart)
            withdrawn.append(f"charts/{chart.name}")
    if added or withdrawn:
        audit.record(
            tenant=tenant,
            actor=actor,
            verb="entitlements.changed",
            object=tenant.slug,
            address=address,
            data={"added": added, "withdrawn": withdrawn},
        )
    return Changed(tuple(added), tuple(withdrawn))


@transaction.atomic
def withdraw(*, tenant: Tenant, image: Image | None = None, chart: Chart | None = None) -> None:
    """End the promise and the grant that fulfils it; nothing happens where there is none."""
    thing = image if image is not None else chart
    if thing is None or (image is not None and chart is not None):
        message = "An entitlement is for one image or for one chart."
        raise ValueError(message)
    Entitlement.objects.filter(tenant=tenant, image=image, chart=chart).delete()
    grants.revoke(tenant=tenant, repository=thing.repository)
