"""People of a tenant: adding, changing and removing them. Whom a directory admits is `tenants.directory`'s."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from tenants import audit, tokens
from tenants.models import Membership, Tenant, User
from tenants.roles import Role


class LastOwner(ValueError):
    """A tenant would be left without an owner."""

    code = "last_owner"

    def __init__(self) -> None:
        super().__init__("A tenant keeps at least one owner; make someone else owner first.")


@transaction.atomic
def add_member(
    *,
    tenant: Tenant,
    email: str,
    role: str,
    actor: User | str,
    name: str = "",
    password: str | None = None,
    address: str = "",
) -> Membership:
    """Give the platform person with this e-mail address a role; create the person when unknown.

    `password` is used for a new person only: an invitation never changes an existing one's.
    Raises ValidationError for a bad address or role, or someone who is a member already.
    """
    email = email.strip().lower()
    validate_email(email)
    _valid_role(role)
    user = User.objects.filter(login=email).first() or User.objects.create_user(email, password, name=name)
    if Membership.objects.filter(user=user, tenant=tenant).exists():
        raise ValidationError(f"{email} is a member already.", code="already_member")
    membership = Membership.objects.create(user=user, tenant=tenant, role=role)
    audit.record(
        tenant=tenant, actor=actor, verb="member.added", object=email, address=address, data={"role": role}
    )
    return membership


@transaction.atomic
def change_role(*, membership: Membership, role: str, actor: User | str, address: str = "") -> Membership:
    """Change what a person may do. Raises LastOwner, ValidationError (also where a directory decides)."""
    _valid_role(role)
    if not membership.is_given_here:
        sentence = "This person's role comes from the groups of a directory or provider."
        raise ValidationError(sentence, code="from_directory")
    if role != Role.OWNER:
        _keep_an_owner(membership)
    before, membership.role = membership.role, role
    if role != Role.OWNER:
        membership.break_glass_at = None
    membership.save(update_fields=["role", "break_glass_at"])
    audit.record(
        tenant=membership.tenant,
        actor=actor,
        verb="member.role_changed",
        object=membership.user.email or membership.user.directory_login,
        address=address,
        data={"from": before, "to": role},
    )
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, actor: User | str, address: str = "", reason: str = "") -> None:
    """Remove a person from the tenant, and end their tokens there. Raises LastOwner."""
    _keep_an_owner(membership)
    user, tenant = membership.user, membership.tenant
    tokens.revoke_all(user=user, tenant=tenant, actor=actor, address=address)
    membership.delete()
    if not user.is_of_platform:
        end_sessions(user)
    audit.record(
        tenant=tenant,
        actor=actor,
        verb="member.removed",
        object=user.email or user.directory_login,
        address=address,
        data={"reason": reason} if reason else {},
    )


def end_sessions(user: User) -> None:
    """Sign `user` out everywhere."""
    for session in UserSession.objects.filter(user=user):
        session.end()


def _valid_role(role: str) -> None:
    if role not in Role.values:
        raise ValidationError("Choose one of the roles.", code="role")


def _keep_an_owner(membership: Membership) -> None:
    if membership.role != Role.OWNER or not membership.is_given_here:
        return
    others = Membership.objects.select_for_update().filter(
        tenant=membership.tenant, role=Role.OWNER, directory__isnull=True, provider__isnull=True
    )
    if membership.tenant.requires_sso and membership.break_glass_at is not None:
        others = others.filter(break_glass_at__isnull=False)  # the others cannot get in
    if not others.exclude(pk=membership.pk).exists():
        raise LastOwner
