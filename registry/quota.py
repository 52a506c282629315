"""How many bytes a tenant, or one repository, may store: counted once each, and exact when pushes race.

Bytes that several repositories of a tenant share, or that were mounted, count once; staging of builds does not
count until it is published. Not in charge of the disk: see `StorageFull`.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet, Sum

from registry.errors import QuotaExceeded
from registry.models import Blob, Quota, Repository, RepositoryBlob
from tenants import audit
from tenants.models import Tenant


def stored_by(tenant: Tenant) -> int:
    """Bytes of all blobs in the tenant's repositories."""
    return _sum(RepositoryBlob.objects.filter(repository__in=Repository.objects.owned_by(tenant.pk)))


@transaction.atomic
def limit(*, tenant: Tenant, most_bytes: int | None) -> None:
    """Set how much a tenant may store; None takes the limit away. What is stored already stays."""
    audit.record(
        tenant=tenant, actor="operator", verb="quota.set", object=tenant.slug, data={"most_bytes": most_bytes}
    )
    if most_bytes is None:
        Quota.objects.filter(tenant=tenant).delete()
    else:
        Quota.objects.update_or_create(tenant=tenant, defaults={"most_bytes": most_bytes})


def lock(repository: Repository) -> Quota | None:
    """Lock the repository, then the limit of its tenant, if it has one, which is returned.

    Both before any blob, always, so that no two wait for each other. Raises NameUnknown.
    """
    if not repository.lock().has_quota:
        return None
    return Quota.objects.select_for_update(no_key=True).filter(tenant=repository.tenant_id).first()


def check(*, repository: Repository, blobs: Collection[Blob], limit: Quota | None) -> None:
    """Whether there is room to link these. `limit` is what `lock` returned. Raises QuotaExceeded."""
    sizes = {blob.pk: blob.size for blob in blobs}
    if repository.quota_bytes is not None:
        links = RepositoryBlob.objects.filter(repository=repository)
        _fit(sizes, links, most=repository.quota_bytes, whose="This repository")
    # Read under its lock: whoever else links for this tenant has committed, or waits.
    if limit is not None:
        owned = Repository.objects.owned_by(limit.tenant_id)
        links = RepositoryBlob.objects.filter(repository__in=owned)
        _fit(sizes, links, most=limit.most_bytes, whose="This tenant")


def _fit(sizes: dict[int, int], links: QuerySet[RepositoryBlob], *, most: int, whose: str) -> None:
    present = set(links.filter(blob__in=sizes).values_list("blob_id", flat=True))
    more = sum(size for pk, size in sizes.items() if pk not in present)
    if not more:
        return
    stored = _sum(links)
    if stored + more > most:
        raise QuotaExceeded(
            f"{whose} may store {most} bytes; it stores {stored}, and this would add {more}. "
            "Delete what is not needed, or ask for more room."
        )


def _sum(links: QuerySet[RepositoryBlob]) -> int:
    return Blob.objects.filter(pk__in=links.values("blob")).aggregate(total=Sum("size"))["total"] or 0
