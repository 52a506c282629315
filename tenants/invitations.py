"""Inviting people by e-mail: invite, send again, take back, join. Whoever opens the link controls the mailbox.

Not in charge of what members may do once they are in (`tenants.members`).
"""

from __future__ import annotations

import hashlib
import secrets
import smtplib
from collections.abc import Callable
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants import audit
from tenants.models import Invitation, Membership, Tenant, User
from tenants.roles import Role

LASTS = timedelta(days=7)
#: Open ones of a tenant, and how soon the same one may be sent again: mails go to people who did not ask for them.
MOST_OPEN = 100
NOT_BEFORE = timedelta(minutes=1)

#: From a secret to the address that its holder opens.
Link = Callable[[str], str]


class NotSent(Exception):
    """The invitation stands, but its mail could not be handed over."""

    code = "mail_not_sent"

    def __init__(self) -> None:
        super().__init__(_("The mail could not be sent. Send it again in a while."))


def invite(
    *, tenant: Tenant, email: str, role: str, actor: User, link: Link, address: str = ""
) -> Invitation:
    """Send a link to somebody. Raises ValidationError for whom that is no use, NotSent when the mail did not go."""
    email = email.strip().lower()
    validate_email(email)
    if role not in Role.values:
        raise ValidationError(_("Choose one of the roles."), code="role")
    _refuse_needless(tenant, email)
    secret = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            made = Invitation.unscoped.create(
                tenant=tenant, email=email, role=role, sha256=_hash(secret), invited_by=str(actor)[:254],
                expires_at=timezone.now() + LASTS,
            )  # fmt: skip
            _tell(made, "member.invited", actor, address, role=role)
    except IntegrityError:
        raise ValidationError(
            _("%(email)s is invited already.") % {"email": email}, code="invited_already"
        ) from None
    _send(made, link(secret))
    return made


def resend(*, invitation: Invitation, actor: User, link: Link, address: str = "") -> None:
    """Send a new link, which lasts anew; the former one ends. Raises ValidationError, NotSent."""
    now = timezone.now()
    if invitation.sent_at is not None and now - invitation.sent_at < NOT_BEFORE:
        raise ValidationError(_("It went out a moment ago."), code="too_soon")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        invitation.sha256, invitation.expires_at = _hash(secret), now + LASTS
        invitation.save(update_fields=["sha256", "expires_at"])
        _tell(invitation, "invitation.resent", actor, address)
    _send(invitation, link(secret))


@transaction.atomic
def revoke(*, invitation: Invitation, actor: User, address: str = "") -> None:
    """End it now; its link opens nothing any more."""
    if Invitation.unscoped.open().filter(pk=invitation.pk).update(revoked_at=timezone.now()):
        _tell(invitation, "invitation.revoked", actor, address)


def find(*, tenant: Tenant, secret: str) -> Invitation | None:
    """The invitation of this tenant that the link opens, while it does."""
    found = (
        Invitation.unscoped.open()
        .filter(tenant=tenant, sha256=_hash(secret))
        .select_related("tenant")
        .first()
    )
    return found if found is not None and not found.has_expired and not tenant.requires_sso else None


def account_of(invitation: Invitation) -> User | None:
    """The account of the invited address, if somebody can sign in to it already."""
    found = User.objects.filter(login=invitation.email, is_active=True).first()
    return found if found is not None and found.has_usable_password() else None


@transaction.atomic
def join_as_new(*, invitation: Invitation, name: str, password: str, address: str = "") -> User:
    """Make the account of the invited address and let it in. Raises ValidationError by field."""
    user = User.objects.filter(login=invitation.email).first()
    if not name.strip():
        raise ValidationError({"name": _("Say what others call you.")})
    try:
        validate_password(
            password, user=user or User(login=invitation.email, email=invitation.email, name=name)
        )
    except ValidationError as wrong:
        raise ValidationError({"password": wrong.messages}) from None
    if user is None:
        user = User.objects.create_user(invitation.email, password, name=name.strip()[:150])
    else:  # somebody added them before, and they never chose a password
        user.set_password(password)
        user.name = user.name or name.strip()[:150]
        user.save(update_fields=["password", "name"])
    join(invitation=invitation, user=user, address=address)
    return user


@transaction.atomic
def join(*, invitation: Invitation, user: User, address: str = "") -> Membership:
    """Let the person of the invited address in, once. Raises ValidationError for anyone else, or a second time."""
    if user.login != invitation.email or not user.is_of_platform:
        raise ValidationError(_("This invitation is somebody else's."), code="invitation_of_another")
    taken = Invitation.unscoped.open().filter(pk=invitation.pk).update(accepted_at=timezone.now())
    if not taken or Membership.objects.filter(user=user, tenant=invitation.tenant).exists():
        raise ValidationError(_("This invitation was taken already."), code="invitation_taken")
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    made = Membership.objects.create(user=user, tenant=invitation.tenant, role=invitation.role)
    _tell(invitation, "member.joined", user, address, role=invitation.role, invited_by=invitation.invited_by)
    return made


def _refuse_needless(tenant: Tenant, email: str) -> None:
    if tenant.requires_sso:
        sentence = _("People come in by single sign-on alone here; an invitation would open nothing.")
        raise ValidationError(sentence, code="sso_required")
    if Membership.objects.filter(user__login=email, tenant=tenant).exists():
        raise ValidationError(_("%(email)s is a member already.") % {"email": email}, code="already_member")
    if Invitation.unscoped.open().filter(tenant=tenant).count() >= MOST_OPEN:
        raise ValidationError(_("Many invitations are open. Take some back first."), code="too_many")


def _send(invitation: Invitation, link: str) -> None:
    facts = {"invitation": invitation, "tenant": invitation.tenant, "link": link, "days": LASTS.days}
    subject = _("Join %(tenant)s") % {"tenant": " ".join(invitation.tenant.name.split())}
    text = render_to_string("tenants/mail/invitation.txt", facts)
    try:
        EmailMessage(subject=subject, body=text, to=[invitation.email]).send()
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent from error
    Invitation.unscoped.filter(pk=invitation.pk).update(sent_at=timezone.now())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _tell(invitation: Invitation, verb: str, actor: User, address: str, **data: object) -> None:
    audit.record(
        tenant=invitation.tenant, actor=actor, verb=verb, object=invitation.email, address=address, data=data
    )
