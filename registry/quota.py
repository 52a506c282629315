"""How many bytes a tenant, or one repository, may store: counted once each, and exact when pushes race.

Bytes that several repositories of a tenant share, or that were mounted, count once; staging of builds does not
count until it is published. What uploads under way were given room for counts beside what is stored, even if it
turns out to be stored already: the disk has it twice until then. Not in charge of the disk: see `StorageFull`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from registry.errors import QuotaExceeded
from registry.models import Blob, Quota, Repository, RepositoryBlob, Upload
from tenants import audit
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class _Limit:
    """`whose` repositories may hold `most` bytes together."""

    repositories: QuerySet[Repository]
    most: int
    whose: str

    @property
    def links(self) -> QuerySet[RepositoryBlob]:
        return RepositoryBlob.objects.filter(repository__in=self.repositories)

    def check(self, *, more: int, upload: UUID | None = None) -> None:
        """Whether `more` bytes fit, beside all uploads but this one. Raises QuotaExceeded."""
        stored, held = _sum(self.links), _held(self.repositories, but=upload)
        if stored + held + more > self.most:
            raise QuotaExceeded(
                f"{self.whose} may store {self.most} bytes; it stores {stored}, uploads under way hold {held}, "
                f"and this would add {more}. Delete what is not needed, or ask for more room."
            )


def stored_by(tenant: Tenant) -> int:
    """Bytes of all blobs in the tenant's repositories."""
    return _sum(RepositoryBlob.objects.filter(repository__in=Repository.objects.owned_by(tenant.pk)))


def held_by_uploads(tenant: Tenant) -> int:
    """Bytes that the tenant's uploads under way have room for."""
    return _held(Repository.objects.owned_by(tenant.pk), but=None)


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


def check(
    *, repository: Repository, blobs: Collection[Blob], limit: Quota | None, upload: UUID | None = None
) -> None:
    """Whether there is room to link these; `upload` is where they came from, and counts no more.

    `limit` is what `lock` returned. Raises QuotaExceeded.
    """
    sizes = {blob.pk: blob.size for blob in blobs}
    for each in _limits(repository, limit):
        present = set(each.links.filter(blob__in=sizes).values_list("blob_id", flat=True))
        if more := sum(size for pk, size in sizes.items() if pk not in present):
            each.check(more=more, upload=upload)


def check_upload(*, repository: Repository, upload: UUID, size: int) -> None:
    """Whether an upload may come to hold `size` bytes; what it may hold already is part of that.

    Within a transaction: until it ends nobody else is given room. Raises QuotaExceeded, NameUnknown.
    """
    for each in _limits(repository, lock(repository)):
        each.check(more=size, upload=upload)


def _limits(repository: Repository, limit: Quota | None) -> list[_Limit]:
    """Read under their locks: whoever else links or uploads there has committed, or waits."""
    found = []
    if repository.quota_bytes is not None:
        itself = Repository.objects.filter(pk=repository.pk)
        found.append(_Limit(itself, repository.quota_bytes, "This repository"))
    if limit is not None:
        owned = Repository.objects.owned_by(limit.tenant_id)
        found.append(_Limit(owned, limit.most_bytes, "This tenant"))
    return found


def _sum(links: QuerySet[RepositoryBlob]) -> int:
    return Blob.objects.filter(pk__in=links.values("blob")).aggregate(total=Sum("size"))["total"] or 0


def _held(repositories: QuerySet[Repository], *, but: UUID | None) -> int:
    others = Q() if but is None else ~Q(pk=but)
    under_way = Upload.objects.filter(others, repository__in=repositories, expires_at__gt=timezone.now())
    return under_way.aggregate(total=Sum("reserved"))["total"] or 0
