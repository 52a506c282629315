"""A tenant's own host names: claim one, prove it, make it the first, let it go.

A claim gives nothing and keeps nobody else from claiming the same name; only a proof does. Not in charge of
how a proof is looked for (`tenants.challenge`) or of the names the operator gives (`tenants.onboarding`).
"""

from __future__ import annotations

import re
import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants import audit, challenge
from tenants.addresses import normal_host
from tenants.models import Hostname, HostnameClaim, Tenant, User

MOST_CLAIMS = 20
#: Letters, digits and inner hyphens (RFC 1123, 2.1); at least two labels, the last of them no number.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}")
_LONGEST = 253


class NotProved(ValueError):
    """Neither way of asking proved the claim; `reasons` says why, one each."""

    code = "hostname_not_proved"

    def __init__(self, reasons: tuple[challenge.NoProof, ...]) -> None:
        super().__init__(" ".join(each.sentence for each in reasons))
        self.reasons = reasons


def check_name(raw: str) -> str:
    """A host name that a tenant may claim, in its normal form. Raises ValidationError."""
    name = normal_host(raw)
    if ":" in raw or len(name) > _LONGEST or not _NAME.fullmatch(name):
        sentence = _("Give a plain host name, such as images.example.com.")
        raise ValidationError(sentence, code="hostname_invalid")
    ours = normal_host(settings.PORTAL_HOST)
    if name == ours or name.endswith(f".{ours}") or ours.endswith(f".{name}"):
        sentence = _("This name belongs to the portal or stands above it.")
        raise ValidationError(sentence, code="hostname_of_portal")
    return name


@transaction.atomic
def claim(*, tenant: Tenant, name: str, actor: User | str, address: str = "") -> HostnameClaim:
    """Ask for a name; the claim carries the token of its challenge. Asking again gives the same claim.

    Raises ValidationError for what is no name, is in use, or is one claim too many.
    """
    name = check_name(name)
    _refuse_used(name)
    found = HostnameClaim.objects.filter(tenant=tenant, name=name).first()
    if found is not None:
        return found
    if HostnameClaim.objects.filter(tenant=tenant).count() >= MOST_CLAIMS:
        raise ValidationError(_("Prove or remove the names above first."), code="hostname_too_many")
    made = HostnameClaim.objects.create(tenant=tenant, name=name, token=secrets.token_hex(20))
    audit.record(tenant=tenant, actor=actor, verb="hostname.claimed", object=name, address=address)
    return made


def prove(*, claim: HostnameClaim, actor: User | str, address: str = "") -> Hostname:
    """Look for the proof, and let the tenant answer on the name. Raises NotProved, ValidationError."""
    reasons = []
    for way, ask in (("dns", challenge.by_dns), ("http", challenge.by_http)):
        reason = ask(claim.name, claim.token)
        if reason is None:
            return _take(claim, way, actor, address)
        reasons.append(reason)
    HostnameClaim.objects.filter(pk=claim.pk).update(checked_at=timezone.now())
    raise NotProved(tuple(reasons))


@transaction.atomic
def make_primary(*, hostname: Hostname, actor: User | str, address: str = "") -> None:
    """Name this one where only one can be named."""
    Hostname.objects.filter(tenant=hostname.tenant_id).update(is_primary=False)
    Hostname.objects.filter(pk=hostname.pk).update(is_primary=True)
    tenant = hostname.tenant
    audit.record(tenant=tenant, actor=actor, verb="hostname.primary", object=hostname.name, address=address)


@transaction.atomic
def release(*, hostname: Hostname, actor: User | str, address: str = "") -> None:
    """Stop answering on a name. Raises ValidationError for the first, and for one the operator gave."""
    if hostname.is_primary:
        raise ValidationError(_("Make another name the first one before."), code="hostname_primary")
    if not hostname.is_own:
        raise ValidationError(_("The operator gave this name; it stays."), code="hostname_of_portal")
    tenant = hostname.tenant
    hostname.delete()
    audit.record(tenant=tenant, actor=actor, verb="hostname.removed", object=hostname.name, address=address)


@transaction.atomic
def withdraw(*, claim: HostnameClaim, actor: User | str, address: str = "") -> None:
    """Give up a claim."""
    claim.delete()
    audit.record(
        tenant=claim.tenant, actor=actor, verb="hostname.claim_withdrawn", object=claim.name, address=address
    )


def serves(name: str) -> bool:
    """Whether a certificate for this name would be ours to have: the portal's, or a proved one of a tenant."""
    host = normal_host(name)
    if host == normal_host(settings.PORTAL_HOST):
        return True
    return Hostname.objects.filter(name=host, verified_at__isnull=False, tenant__is_active=True).exists()


@transaction.atomic
def _take(claim: HostnameClaim, way: str, actor: User | str, address: str) -> Hostname:
    _refuse_used(claim.name)
    try:
        with transaction.atomic():
            made = Hostname.objects.create(
                tenant=claim.tenant, name=claim.name, is_own=True, verified_at=timezone.now()
            )
    except IntegrityError:  # another tenant proved it at this moment
        _refuse_used(claim.name)
        raise
    claim.delete()
    audit.record(
        tenant=made.tenant,
        actor=actor,
        verb="hostname.proved",
        object=made.name,
        address=address,
        data={"way": way},
    )
    return made


def _refuse_used(name: str) -> None:
    if Hostname.objects.filter(name=name).exists():
        raise ValidationError(_("This name is in use."), code="hostname_taken")
