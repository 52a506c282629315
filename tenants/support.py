"""Visits of platform support to a tenant: begin one, end it. The tenant sees every one, and can end it.

Not in charge of what a visit allows: see `tenants.access`.
"""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants import audit
from tenants.models import SupportVisit, Tenant, User
from tenants.roles import VISITOR_ROLES

LONGEST = timedelta(hours=4)
USUAL = timedelta(hours=1)


@transaction.atomic
def begin(
    *,
    tenant: Tenant,
    user: User,
    role: str,
    reason: str,
    lasts: timedelta = USUAL,
    address: str = "",
) -> SupportVisit:
    """Let `user`, who may visit, see the tenant as `role`; a visit under way is ended first.

    Raises ValidationError (a dict by field) for a role that visitors cannot have, a missing reason, or a time
    that is too long.
    """
    wrong: dict[str, str] = {}
    if role not in VISITOR_ROLES:
        wrong["role"] = _("Choose one of the roles a visitor can have.")
    if not reason.strip():
        wrong["reason"] = _("Say why; the tenant reads it.")
    if not timedelta() < lasts <= LONGEST:
        wrong["minutes"] = _("A visit lasts four hours at most.")
    if wrong:
        raise ValidationError(wrong)
    for visit in SupportVisit.objects.of(user, tenant).in_force():
        end(visit=visit, actor=user, address=address)
    visit = SupportVisit.objects.create(
        tenant=tenant, user=user, role=role, reason=reason.strip()[:200], ends_at=timezone.now() + lasts
    )
    _tell(visit, "support.visit_began", user, address)
    return visit


@transaction.atomic
def end(*, visit: SupportVisit, actor: User | str, address: str = "") -> None:
    """End a visit before its time; one that has ended stays as it is."""
    running = SupportVisit.objects.in_force().filter(pk=visit.pk)
    if running.update(left_at=timezone.now()):
        _tell(visit, "support.visit_ended", actor, address)


def _tell(visit: SupportVisit, verb: str, actor: User | str, address: str) -> None:
    audit.record(
        tenant=visit.tenant,
        actor=actor,
        verb=verb,
        object=visit.user.email,
        address=address,
        data={"role": visit.role, "reason": visit.reason, "until": visit.ends_at.isoformat()},
    )
