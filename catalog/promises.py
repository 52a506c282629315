"""Promise a tenant many images and charts at once, and end that: the entitlements, and the grants that fulfil them.

Each is named as the platform's repository that it is kept in: an image by its name, a chart as `charts/<name>`. A fixed
number of queries for any number of them. Not in charge of the audit trail (`catalog.entitlements`), nor of what a
grant shows (floor 1).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.models import AccessRequest, Chart, Entitlement, Image
from registry import grants_at_once
from registry.grants_at_once import Was
from registry.models import Repository
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Given:
    """Names of what was promised, and the keys of requests that this answered."""

    names: tuple[str, ...]
    answered: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """Names of what is promised no longer, and what those of its grants were that had a rule or name of their own."""

    names: tuple[str, ...]
    were: Mapping[str, Was] = field(default_factory=dict)


@transaction.atomic
def give(*, tenant: Tenant, names: Collection[str], as_before: Mapping[str, Was] | None = None) -> Given:
    """Promise those that the tenant is not entitled to yet, and let it pull them; unknown names are ignored.

    Open requests for them are granted. `as_before` are the grants they had, as `take` told.
    """
    lock(tenant)
    repositories = _named(names)
    held = Entitlement.objects.filter(tenant=tenant)
    images = Image.objects.filter(repository__in=repositories).exclude(
        pk__in=held.filter(image__isnull=False).values("image")
    )
    charts = Chart.objects.filter(repository__in=repositories).exclude(
        pk__in=held.filter(chart__isnull=False).values("chart")
    )
    made = [Entitlement(tenant=tenant, image=image) for image in images.select_related("repository")]
    made += [Entitlement(tenant=tenant, chart=chart) for chart in charts.select_related("repository")]
    Entitlement.objects.bulk_create(made)
    promised = [each.thing.repository for each in made]
    grants_at_once.give(tenant=tenant, repositories=repositories, as_before=as_before or {})
    waiting = AccessRequest.objects.filter(
        tenant=tenant, image__repository__in=repositories, state=AccessRequest.State.OPEN
    )
    answered = tuple(waiting.values_list("pk", flat=True))
    AccessRequest.objects.filter(pk__in=answered).update(
        state=AccessRequest.State.GRANTED, decided_at=timezone.now()
    )
    return Given(tuple(sorted(each.name for each in promised)), answered)


@transaction.atomic
def take(*, tenant: Tenant, names: Collection[str]) -> Taken:
    """End the promises of these and their grants; what was not promised is ignored."""
    lock(tenant)
    repositories = _named(names)
    held = Entitlement.objects.filter(tenant=tenant)
    ended = held.filter(image__repository__in=repositories) | held.filter(chart__repository__in=repositories)
    keys = list(ended.values_list("pk", "image__repository", "chart__repository"))
    of = {image or chart for _, image, chart in keys}
    gone = [each for each in repositories if each.pk in of]
    Entitlement.objects.filter(pk__in=[key for key, _, _ in keys]).delete()
    were = grants_at_once.end(tenant=tenant, repositories=gone)
    return Taken(tuple(sorted(each.name for each in gone)), were)


def lock(tenant: Tenant) -> None:
    """Let nobody else change what this tenant is promised until the transaction ends."""
    Tenant.objects.select_for_update().get(pk=tenant.pk)


def _named(names: Collection[str]) -> list[Repository]:
    offered = Q(image__isnull=False) | Q(chart__isnull=False)
    return list(Repository.objects.of_platform().filter(offered, name__in=names).order_by("name"))
