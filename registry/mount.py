"""Link a blob from one repository into another, without sending it again."""

from __future__ import annotations

from registry import push, visibility
from registry.models import Blob, Repository, RepositoryBlob
from tenants.models import Tenant


def from_view(*, repository: Repository, source: visibility.View, digest: str) -> Blob | None:
    """Link a blob that `source` shows; None when it shows none such."""
    blob = source.blob(digest)
    if blob is not None:
        push.link_blob(repository=repository, blob=blob)
    return blob


def candidates(*, tenant: Tenant, digest: str) -> list[str]:
    """Names of the tenant's own repositories that hold a blob, for a mount that names no source."""
    links = RepositoryBlob.objects.filter(
        blob__digest=digest, repository__tenant=tenant, repository__is_staging=False
    )
    return list(links.order_by("pk").values_list("repository__name", flat=True)[:20])
