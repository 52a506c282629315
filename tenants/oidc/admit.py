"""From what a provider says of a person to their rows here. Not in charge of asking it: django-allauth's client is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from tenants.admission import Known, admit
from tenants.models import IdentityProvider, User
from tenants.roles import Decision, Role, strongest


class NotAdmitted(Exception):
    """The provider knows the person, and they do not get in; `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def sign_in(*, provider: IdentityProvider, said: Mapping[str, Any]) -> User:
    """The person of these claims, with the role of today's groups. Raises NotAdmitted.

    `said` has the claims of the ID token and of the userinfo endpoint, as far as each was given
    (OpenID Connect Core 1.0, 5.3.2: both must be about the same subject).
    """
    token, info = said.get("id_token") or {}, said.get("userinfo") or {}
    subject = str(token.get("sub") or "")
    if not subject or (info and info.get("sub") != token["sub"]):
        raise NotAdmitted("provider_subject", "The provider's answers are not about one person.")
    claims = {**info, **token}
    user = admit(source=provider, known=known(provider, claims), decision=decide(provider, claims))
    if user is None:
        raise NotAdmitted("no_role", "None of this person's groups gives a role here.")
    return user


def decide(provider: IdentityProvider, claims: Mapping[str, Any]) -> Decision:
    """Which role these claims give: the strongest of any group, or the provider's for everyone."""
    found = claims.get(provider.groups_claim) if provider.groups_claim else None
    groups = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    given = {
        Role(provider.group_roles[each]): each
        for each in groups
        if isinstance(each, str) and each in provider.group_roles
    }
    return strongest(given, otherwise=provider.default_role)


def known(provider: IdentityProvider, claims: Mapping[str, Any]) -> Known:
    """The subject is the key, with the provider: an e-mail address never is (5.7)."""
    subject = hashlib.sha256(str(claims["sub"]).encode()).hexdigest()
    email = _text(claims, "email")
    shown = _text(claims, "preferred_username") or email or str(claims["sub"])
    return Known(
        login=f"{provider.key}:{subject}", name=_text(claims, "name") or shown, email=email, shown=shown
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    return found.replace("\0", "").strip() if isinstance(found, str) else ""
