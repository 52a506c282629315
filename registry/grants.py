"""Give a tenant sight of a platform repository, and take it away. Rows only; nothing is copied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from registry.errors import Denied, SettingInvalid
from registry.models import Grant, Repository
from registry.names import check_name
from tenants import audit
from tenants.models import Tenant, User


@transaction.atomic
def grant(
    *,
    tenant: Tenant,
    repository: Repository,
    name: str,
    tag_patterns: Sequence[str] = ("*",),
    streams: Sequence[str] = (),
    is_latest_only: bool = False,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    is_on_hold: bool = False,
) -> Grant:
    """Show `repository` to `tenant` as `name`; doing it again changes name and rule, and keeps pins.

    A tag is shown when a pattern fits and, where `streams` names any, when it is of one of these (`Tag.stream`).
    Raises NameInvalid, SettingInvalid when the end is not after the start, and Denied when the repository is not
    the platform's or the name is taken.
    """
    check_name(name)
    if starts_at and ends_at and ends_at <= starts_at:
        raise SettingInvalid("A grant ends after it starts.")
    if repository.tenant_id is not None or repository.is_staging:
        raise Denied("Only a repository of the platform can be granted.")
    if Repository.objects.owned_by(tenant.pk).filter(name=name).exists():
        raise Denied(f"{tenant.name} already has a repository called {name}.")
    if Grant.objects.of(tenant.pk).filter(name=name).exclude(repository=repository).exists():
        raise Denied(f"{name} already shows another repository to {tenant.name}.")
    given, _ = Grant.objects.update_or_create(
        tenant=tenant,
        repository=repository,
        defaults={
            "name": name,
            "tag_patterns": list(tag_patterns),
            "streams": list(streams),
            "is_latest_only": is_latest_only,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "is_on_hold": is_on_hold,
        },
    )
    return given


@transaction.atomic
def change(*, given: Grant, name: str, actor: User, address: str = "", **rule: Any) -> Grant:
    """Give an existing grant another name or rule, as `grant` takes it, with an entry in the tenant's trail.

    Raises as `grant`.
    """
    changed = grant(tenant=given.tenant, repository=given.repository, name=name, **rule)
    audit.record(
        tenant=given.tenant,
        actor=actor,
        verb="grant.changed",
        object=name,
        address=address,
        data={"was": given.name, **rule},
    )
    return changed


@transaction.atomic
def revoke(*, tenant: Tenant, repository: Repository) -> None:
    """End a grant. Revoking one that is not there does nothing."""
    Grant.objects.of(tenant.pk).filter(repository=repository).delete()
