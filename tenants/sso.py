"""A tenant that lets people in by its directories and providers alone, and who may still break the glass.

While it is required the memberships of people who sign in here, by password or passkey, do not count (see
`MembershipManager.of`), at any address and for any token. An owner marked for emergencies is the exception, with a
second factor that was there when they were marked: whoever finds out the password alone can add none that counts.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants import audit
from tenants.models import Directory, IdentityProvider, Membership, Tenant, User
from tenants.roles import Role


@transaction.atomic
def require(*, tenant: Tenant, actor: User | str, address: str = "") -> None:
    """Switch passwords off. Raises ValidationError where then nobody, or nobody in an emergency, could get in."""
    if not _has_source(tenant):
        sentence = _("Set up a directory or a provider first, and sign in with it once.")
        raise ValidationError(sentence, code="sso_no_source")
    if not any(each.has_old_second_factor() for each in emergency_owners(tenant)):
        sentence = _("Mark an owner for emergencies first: someone with a password and a second factor.")
        raise ValidationError(sentence, code="sso_no_emergency_owner")
    _set(tenant, True, actor, address)


def keep_a_source(*, tenant: Tenant, without: Directory | IdentityProvider) -> None:
    """Raises ValidationError where only owners marked for emergencies could get in once `without` is gone."""
    if tenant.requires_sso and without.is_active and not _has_source(tenant, without):
        sentence = _(
            "Nobody but owners marked for emergencies could get in. Allow passwords first, or add another source."
        )
        raise ValidationError(sentence, code="sso_last_source")


@transaction.atomic
def relax(*, tenant: Tenant, actor: User | str, address: str = "") -> None:
    """Let everyone in again by whatever way they have."""
    _set(tenant, False, actor, address)


@transaction.atomic
def mark(*, membership: Membership, actor: User | str, address: str = "") -> None:
    """Let an owner in also without single sign-on. Raises ValidationError for one who is not fit for it."""
    if membership.role != Role.OWNER or not membership.user.is_of_platform:
        raise ValidationError(_("Only an owner with a password here can be marked."), code="sso_not_an_owner")
    membership.break_glass_at = timezone.now()
    if not membership.has_old_second_factor():
        sentence = _("They need an authenticator app or a security key first.")
        raise ValidationError(sentence, code="sso_no_second_factor")
    membership.save(update_fields=["break_glass_at"])
    _tell(membership, "sign_in.emergency_owner_marked", actor, address)


@transaction.atomic
def unmark(*, membership: Membership, actor: User | str, address: str = "") -> None:
    """Take the mark away. Raises ValidationError for the last one while single sign-on is required."""
    if (
        membership.tenant.requires_sso
        and not emergency_owners(membership.tenant).exclude(pk=membership.pk).exists()
    ):
        raise ValidationError(
            _("One owner stays marked while single sign-on is required."), code="sso_last_marked"
        )
    membership.break_glass_at = None
    membership.save(update_fields=["break_glass_at"])
    _tell(membership, "sign_in.emergency_owner_unmarked", actor, address)


def emergency_owners(tenant: Tenant) -> QuerySet[Membership]:
    """Owners who are marked, whether or not they have their second factor still."""
    marked = Membership.objects.filter(tenant=tenant, role=Role.OWNER, break_glass_at__isnull=False)
    return marked.select_related("user")


def note_emergency(*, user: User, tenant: Tenant | None, address: str) -> None:
    """Say in the trail of each tenant concerned that an owner came in past single sign-on."""
    marked = Membership.objects.filter(user=user, break_glass_at__isnull=False, tenant__requires_sso=True)
    if tenant is not None:
        marked = marked.filter(tenant=tenant)
    for each in marked.select_related("tenant"):
        audit.record(
            tenant=each.tenant, actor=user, verb="person.broke_glass", object=user.email, address=address
        )


def _has_source(tenant: Tenant, without: Directory | IdentityProvider | None = None) -> bool:
    """Whether a directory or provider, other than `without`, lets people in."""
    directories = Directory.unscoped.filter(tenant=tenant, is_active=True)
    providers = IdentityProvider.unscoped.filter(tenant=tenant, is_active=True)
    if isinstance(without, Directory):
        directories = directories.exclude(pk=without.pk)
    elif without is not None:
        providers = providers.exclude(pk=without.pk)
    return directories.exists() or providers.exists()


def _set(tenant: Tenant, is_required: bool, actor: User | str, address: str) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(requires_sso=is_required)
    if tenant.requires_sso != is_required:
        tenant.requires_sso = is_required
        verb = "sign_in.sso_required" if is_required else "sign_in.sso_optional"
        audit.record(tenant=tenant, actor=actor, verb=verb, object=tenant.slug, address=address)


def _tell(membership: Membership, verb: str, actor: User | str, address: str) -> None:
    audit.record(
        tenant=membership.tenant, actor=actor, verb=verb, object=membership.user.email, address=address
    )
