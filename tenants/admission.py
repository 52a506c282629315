"""Letting in the people whom a directory or a provider of a tenant vouches for, and out: their rows here.

They are known by what the source calls them for ever, never by user name or e-mail address, so that the same name
in two tenants is two people. Roles hang on the membership; Django's groups and flags are never touched. Not in charge
of what a source is asked: `tenants.directory` and `tenants.oidc`.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from tenants import audit, tokens
from tenants.members import end_sessions
from tenants.models import Directory, IdentityProvider, Membership, User
from tenants.roles import Decision

Source = Directory | IdentityProvider


@dataclass(frozen=True, slots=True)
class Known:
    """What a source says of a person; `login` is the key here: unique for ever, over all sources."""

    login: str
    name: str
    email: str
    #: What the source calls them, for people to read.
    shown: str


def admit(*, source: Source, known: Known, decision: Decision) -> User | None:
    """Write the person and the role. None, after withdrawing, where there is no role."""
    if decision.role is None:
        user = User.objects.filter(login=known.login).first()
        if user is not None:
            withdraw(user=user, source=source, reason="no_role")
        return None
    return _write(source, known, decision)


@transaction.atomic
def withdraw(*, user: User, source: Source, reason: str) -> None:
    """End the person's role, tokens and sessions. Does nothing when that was done before."""
    actor = f"{source.KIND} {source.name}"
    tokens.revoke_all(user=user, tenant=source.tenant, actor=actor)
    end_sessions(user)
    gone, _ = Membership.objects.filter(user=user, tenant=source.tenant).delete()
    if gone or user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
        audit.record(
            tenant=source.tenant,
            actor=actor,
            verb="member.withdrawn",
            object=user.directory_login,
            data={"reason": reason},
        )


@transaction.atomic
def _write(source: Source, known: Known, decision: Decision) -> User:
    assert decision.role is not None
    facts = {
        "email": known.email[:254],
        "name": known.name[:150],
        source.KIND: source,
        "directory_login": known.shown[:254],
        "is_active": True,
    }
    user, is_new = User.objects.update_or_create(login=known.login, defaults=facts)
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    before = Membership.objects.filter(user=user, tenant=source.tenant).first()
    given: dict[str, object] = {"role": decision.role, source.KIND: source, "because": decision.because[:300]}
    if isinstance(source, IdentityProvider):
        given["vouched_at"] = timezone.now()
    Membership.objects.update_or_create(user=user, tenant=source.tenant, defaults=given)
    if before is None or before.role != decision.role:
        audit.record(
            tenant=source.tenant,
            actor=f"{source.KIND} {source.name}",
            verb="member.admitted" if before is None else "member.role_changed",
            object=user.directory_login,
            data={"role": decision.role, "because": decision.because},
        )
    return user
