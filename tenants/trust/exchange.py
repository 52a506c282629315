"""Trading a workload's token for a short right to one tenant's registry, and saying why not.

The right is an access token row without a person: it ends with the policy, and the row is what remembers
the token until it expires, so that a token trades once. Fails closed: whatever is not proven is refused.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from tenants import audit
from tenants.models import AccessToken, Tenant, TrustPolicy
from tenants.trust import tokens
from tenants.trust.errors import NotTrusted
from tenants.trust.patterns import matches
from tenants.trust.tokens import Workload

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one policy says of a token: `code` and `said` are "" when it trusts it."""

    policy: TrustPolicy
    code: str = ""
    said: str = ""

    @property
    def is_trusted(self) -> bool:
        return not self.code


def exchange(*, tenant: Tenant, text: str, address: str = "") -> AccessToken:
    """Trade the token, once. Raises NotTrusted, after writing down why."""
    workload: Workload | None = None
    try:
        workload = tokens.read(text)
        asked = _candidates(tenant, workload)
        if not asked:
            # Nor is the issuer asked for its keys: strangers do not choose whom we speak to.
            raise NotTrusted("no_policy", "No policy trusts this issuer.")
        workload = tokens.prove(text, workload)
        return _trade(_trusting(asked, workload), workload, _seen(text), address)
    except NotTrusted as refusal:
        _note_refusal(tenant, workload, refusal, address)
        raise


def as_password(*, tenant: Tenant, text: str, address: str = "") -> AccessToken:
    """The right of a token that docker sends as a password, each time anew while it lasts. Raises NotTrusted."""
    found = (
        AccessToken.unscoped.filter(tenant=tenant, sha256=_seen(text))
        .select_related("tenant", "policy")
        .first()
    )
    if found is None:
        return exchange(tenant=tenant, text=text, address=address)
    if found.revoked_at is not None or found.expires_at <= timezone.now() or found.role is None:
        raise NotTrusted("expired", "The right that this token gave has ended.")
    return found


def simulate(*, tenant: Tenant, text: str) -> list[Verdict]:
    """What each active policy says of a token, without trading it. Raises NotTrusted where none is asked."""
    workload = tokens.read(text)
    asked = _candidates(tenant, workload)
    if not asked:
        raise NotTrusted("no_policy", f"No policy trusts the issuer {workload.issuer}.")
    proven = tokens.prove(text, workload)
    return [judge(policy, proven) for policy in asked]


def forget() -> int:
    """Drop the rows of tokens that can no longer be replayed; returns how many. None lives longer than a day."""
    oldest = timezone.now() - timedelta(seconds=2 * tokens.LONGEST_LIFE_SECONDS)
    return AccessToken.unscoped.filter(policy__isnull=False, created_at__lt=oldest).delete()[0]


def judge(policy: TrustPolicy, workload: Workload) -> Verdict:
    """Whether one policy trusts a token, and if not, the first thing that does not fit."""
    if not _is_issuer(policy, workload.issuer):
        return Verdict(policy, "issuer", f"The issuer {workload.issuer} is another.")
    if not policy.audience or policy.audience not in workload.audiences:
        return Verdict(policy, "audience", f"The token is not for the audience {policy.audience}.")
    is_subject = policy.subject == workload.subject if policy.subject else False
    if not is_subject and not matches(policy.subject_pattern, workload.subject):
        return Verdict(policy, "subject", f"The subject {workload.subject} is another.")
    for name, value in policy.claims.items():
        # 1 and True are equal in Python, and are not in a token.
        found = workload.claims.get(name)
        if found != value or type(found) is not type(value):
            return Verdict(policy, "claim", f"The claim {name} is not {value!r}.")
    return Verdict(policy)


def _trusting(asked: list[TrustPolicy], proven: Workload) -> TrustPolicy:
    """The first policy that trusts it and is enforced. Raises NotTrusted."""
    verdicts = [judge(policy, proven) for policy in asked]
    trusting = [verdict.policy for verdict in verdicts if verdict.is_trusted]
    for policy in trusting:
        if policy.lets_in:
            return policy
    if trusting:
        raise NotTrusted("audit_only", f"The policy {trusting[0]} trusts it, but is not enforced yet.")
    raise NotTrusted(verdicts[0].code, verdicts[0].said)


def _candidates(tenant: Tenant, workload: Workload) -> list[TrustPolicy]:
    active = TrustPolicy.unscoped.filter(tenant=tenant, is_active=True).order_by("name")
    return [policy for policy in active if _is_issuer(policy, workload.issuer)]


def _is_issuer(policy: TrustPolicy, issuer: str) -> bool:
    return policy.issuer == issuer if policy.issuer else matches(policy.issuer_pattern, issuer)


def _trade(policy: TrustPolicy, workload: Workload, seen: str, address: str) -> AccessToken:
    ends = min(
        timezone.now() + timedelta(minutes=policy.minutes),
        datetime.fromtimestamp(workload.expires_at, tz=UTC),
    )
    try:
        with transaction.atomic():
            token = AccessToken.unscoped.create(
                tenant=policy.tenant,
                policy=policy,
                name=workload.subject[:80],
                hint=f"{seen[:12]}…",
                sha256=seen,
                actions=policy.actions,
                repositories=policy.repositories,
                expires_at=ends,
            )
            _record(
                policy.tenant, "trust.exchanged", workload, address, policy=policy.name, ends=ends.isoformat()
            )
    except IntegrityError:
        raise NotTrusted("replayed", "This token was traded before.") from None
    return token


def _note_refusal(tenant: Tenant, workload: Workload | None, refusal: NotTrusted, address: str) -> None:
    if workload is not None and workload.is_proven:
        _record(tenant, "trust.refused", workload, address, code=refusal.code, said=str(refusal)[:300])
    else:
        # Whoever can reach us may send anything; only what an issuer signed gets into the trail.
        log.info("exchange refused for %s from %s: %s", tenant.slug, address, refusal.code)


def _seen(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _record(tenant: Tenant, verb: str, workload: Workload, address: str, **data: str) -> None:
    audit.record(
        tenant=tenant,
        actor="workload",
        verb=verb,
        object=workload.subject,
        address=address,
        data={"issuer": workload.issuer[:200], **data},
    )
