"""Adding, changing, switching off and removing a tenant's provider. What is typed: `tenants.pages`."""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.db import transaction

from tenants import audit, sso
from tenants.members import end_sessions
from tenants.models import IdentityProvider, User
from tenants.scope import acting_for
from tenants.secrets import seal

_SHOWN = (
    "name",
    "is_active",
    "issuer",
    "client_id",
    "scopes",
    "groups_claim",
    "group_roles",
    "default_role",
    "session_hours",
    "vouched_days",
)


@transaction.atomic
def save(
    *, provider: IdentityProvider, actor: User | str, secret: str | None = None, address: str = ""
) -> IdentityProvider:
    """Write a provider's settings, new or changed; `secret` is the client's, None keeps what is there.

    Raises ValidationError by field; also for a kept secret when the issuer changed (it was given for the former one),
    and for switching off the last way in where single sign-on is required.
    Who is known by a former issuer is not known by another: changing it removes the people it let in.
    """
    before = IdentityProvider.unscoped.select_for_update().filter(pk=provider.pk).first()
    if before is not None and not provider.is_active:
        sso.keep_a_source(tenant=before.tenant, without=before)
    moved = before is not None and before.issuer != provider.issuer
    _seal(provider, secret, moved=moved)
    with acting_for(provider.tenant):  # the name is unique among the tenant's own rows
        provider.full_clean()
    changed = _changed(before, provider)
    provider.save()
    if moved:
        _let_go(provider)
    elif not provider.is_active:
        _sign_out(provider)
    if changed:
        verb = "provider.added" if before is None else "provider.changed"
        _tell(provider, verb, actor, address, settings=changed)
    return provider


@transaction.atomic
def remove(*, provider: IdentityProvider, actor: User | str, address: str = "") -> None:
    """Remove a provider with everyone it let in: their roles, tokens and sessions end.

    Raises ValidationError for the last way in where single sign-on is required.
    """
    sso.keep_a_source(tenant=provider.tenant, without=provider)
    people = provider.people.count()
    _let_go(provider)
    _tell(provider, "provider.removed", actor, address, people=people)
    provider.delete()


def _seal(provider: IdentityProvider, secret: str | None, *, moved: bool) -> None:
    """Keep a secret that was typed; one that is kept already goes to no other issuer."""
    if secret is not None:
        provider.client_secret = seal(secret)
    elif moved and provider.client_secret:
        raise ValidationError({"client_secret": "Enter the secret again: it was given for another issuer."})


def _changed(before: IdentityProvider | None, after: IdentityProvider) -> dict[str, object]:
    """The settings that are new, for the audit trail; of the secret only that it changed."""
    if before is None:
        return {name: getattr(after, name) for name in _SHOWN}
    changed = {name: getattr(after, name) for name in _SHOWN if getattr(before, name) != getattr(after, name)}
    if before.client_secret != after.client_secret:
        changed["client_secret"] = "changed"  # noqa: S105 - not the secret
    return changed


def _sign_out(provider: IdentityProvider) -> None:
    for user in provider.people.all():
        end_sessions(user)


def _let_go(provider: IdentityProvider) -> None:
    _sign_out(provider)
    SocialAccount.objects.filter(provider=provider.key).delete()
    provider.people.all().delete()


def _tell(provider: IdentityProvider, verb: str, actor: User | str, address: str, **data: object) -> None:
    audit.record(
        tenant=provider.tenant, actor=actor, verb=verb, object=provider.name, address=address, data=data
    )
