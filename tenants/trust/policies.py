"""Adding, changing and removing a tenant's trust policies. What is typed: `tenants.pages`."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tenants import audit
from tenants.models import AccessToken, TrustPolicy, User
from tenants.scope import acting_for

_NOT_SETTINGS = frozenset({"id", "tenant", "created_at"})
#: What may change without ending the rights that were given: they are found out at each request anyway.
_HARMLESS = frozenset({"name", "is_active", "is_enforced"})


@transaction.atomic
def save(*, policy: TrustPolicy, actor: User | str, address: str = "") -> TrustPolicy:
    """Write a policy, new or changed. Raises ValidationError by field.

    A right that was given by what the policy said before ends with the change, so that narrowing it narrows at once.
    """
    before = TrustPolicy.unscoped.select_for_update().filter(pk=policy.pk).first()
    with acting_for(policy.tenant):  # the name is unique among the tenant's own rows
        policy.full_clean()
    changed = _changed(before, policy)
    policy.save()
    if before is not None and changed.keys() - _HARMLESS:
        _live(policy).update(revoked_at=timezone.now())
    if changed:
        verb = "trust.added" if before is None else "trust.changed"
        _tell(policy, verb, actor, address, settings=changed)
    return policy


@transaction.atomic
def remove(*, policy: TrustPolicy, actor: User | str, address: str = "") -> None:
    """Remove a policy with the rights that it gave."""
    _tell(policy, "trust.removed", actor, address, rights=_live(policy).count())
    policy.delete()


def _live(policy: TrustPolicy) -> QuerySet[AccessToken]:
    return AccessToken.unscoped.filter(policy=policy, revoked_at=None, expires_at__gt=timezone.now())


def _changed(before: TrustPolicy | None, after: TrustPolicy) -> dict[str, object]:
    names = {field.name for field in TrustPolicy._meta.concrete_fields} - _NOT_SETTINGS  # noqa: SLF001
    values = {name: getattr(after, name) for name in sorted(names)}
    if before is None:
        return values
    return {name: value for name, value in values.items() if getattr(before, name) != value}


def _tell(policy: TrustPolicy, verb: str, actor: User | str, address: str, **data: object) -> None:
    audit.record(tenant=policy.tenant, actor=actor, verb=verb, object=policy.name, address=address, data=data)
