"""Access tokens: issue, recognise, rotate, revoke.

A secret is `assay_` + 43 characters for 256 random bits + 6 characters of checksum, so that scanners can
find leaked ones and a mistyped one is refused without asking the database. Only its SHA-256 is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tenants import audit
from tenants.compiled import compiled
from tenants.models import AccessToken, Membership, Tenant, User
from tenants.models.token import ACTION_NEEDS as ACTIONS
from tenants.roles import role_may

PREFIX = "assay_"
MAX_DAYS = 365
#: How long a token that was rotated works on.
OVERLAP = timedelta(hours=24)
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BODY, _CHECK = 43, 6
#: `last_used_at` is only as fine as this, so that a busy token does not write on each request.
_USE_GRAIN = timedelta(minutes=1)


class TokenRefused(ValueError):
    """A token cannot be issued as asked; the message says why, for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def issue(
    *,
    user: User,
    tenant: Tenant,
    name: str,
    actions: Iterable[str],
    repositories: str = "*",
    days: int = 30,
    address: str = "",
) -> tuple[AccessToken, str]:
    """Make a token that acts as `user` in `tenant`; returns it with its secret, which is kept nowhere.

    Raises TokenRefused: no name, unknown actions or ones the role lacks, no membership, bad lifetime.
    """
    wanted = sorted(set(actions))
    _check(user=user, tenant=tenant, name=name, actions=wanted, repositories=repositories, days=days)
    secret = _new_secret()
    with transaction.atomic():
        token = AccessToken.unscoped.create(
            tenant=tenant,
            user=user,
            name=name.strip(),
            hint=secret[: len(PREFIX) + 6],
            sha256=_hash(secret),
            actions=wanted,
            repositories=repositories,
            expires_at=timezone.now() + timedelta(days=days),
        )
        audit.record(
            tenant=tenant,
            actor=user,
            verb="token.issued",
            object=token.hint,
            address=address,
            data={"name": token.name, "actions": wanted, "repositories": repositories, "days": days},
        )
    return token, secret


def authenticate(secret: str) -> AccessToken | None:
    """The live token with this secret, or None.

    Expiry, revocation, the owner's membership and the tenant are checked each time.
    """
    if not is_well_formed(secret):
        return None
    token = _live.first(_hash(secret))
    now = timezone.now()
    if token is None or token.expires_at <= now or not token.tenant.is_active or token.role is None:
        return None
    _note_use(token, now)
    return token


@compiled
def _live(sha256: str) -> QuerySet[AccessToken]:
    found = AccessToken.unscoped.filter(sha256=sha256, revoked_at__isnull=True)
    return found.select_related("user", "tenant", "policy")[:1]


@transaction.atomic
def rotate(*, token: AccessToken, actor: User, address: str = "") -> tuple[AccessToken, str]:
    """A new token like `token`, for as long again; the former works on for `OVERLAP`, so that nothing stands still.

    Returns it with its secret. Raises TokenRefused as `issue`, and for one that has ended.
    """
    now = timezone.now()
    if token.user is None or token.revoked_at is not None or token.expires_at <= now:
        raise TokenRefused("token_ended", "This token has ended; make a new one.")
    days = max(1, min(MAX_DAYS, round((token.expires_at - token.created_at) / timedelta(days=1))))
    made, secret = issue(
        user=token.user, tenant=token.tenant, name=token.name, actions=token.actions,
        repositories=token.repositories, days=days, address=address,
    )  # fmt: skip
    ends = min(token.expires_at, now + OVERLAP)
    AccessToken.unscoped.filter(pk=token.pk).update(expires_at=ends)
    data = {"by": made.hint, "ends": ends.isoformat()}
    audit.record(
        tenant=token.tenant, actor=actor, verb="token.rotated", object=token.hint, address=address, data=data
    )
    return made, secret


@transaction.atomic
def revoke(*, token: AccessToken, actor: User | str, address: str = "") -> None:
    """End a token now. Revoking twice is no error and keeps the first time."""
    ended = AccessToken.unscoped.filter(pk=token.pk, revoked_at__isnull=True).update(
        revoked_at=timezone.now()
    )
    if ended:
        audit.record(
            tenant=token.tenant, actor=actor, verb="token.revoked", object=token.hint, address=address
        )
    token.refresh_from_db(fields=["revoked_at"])


def revoke_all(*, user: User, tenant: Tenant, actor: User | str, address: str = "") -> int:
    """End every token of `user` in `tenant`; returns how many were live."""
    live = list(AccessToken.unscoped.filter(user=user, tenant=tenant, revoked_at__isnull=True))
    for token in live:
        revoke(token=token, actor=actor, address=address)
    return len(live)


def is_well_formed(secret: str) -> bool:
    """Whether prefix, length and checksum fit: what can be said without the database."""
    body = secret.removeprefix(PREFIX)
    if body == secret or len(body) != _BODY + _CHECK or not body.isascii():
        return False
    return hmac.compare_digest(_checksum(body[:_BODY]), body[_BODY:])


def _check(
    *, user: User, tenant: Tenant, name: str, actions: list[str], repositories: str, days: int
) -> None:
    membership = Membership.objects.of(user, tenant)
    if membership is None:
        raise TokenRefused("not_a_member", "This person is not a member of the tenant.")
    if not name.strip() or len(name) > 80:
        raise TokenRefused("token_name", "Give the token a name of at most 80 characters.")
    if not repositories or len(repositories) > 200:
        raise TokenRefused("token_repositories", "Give a repository pattern of at most 200 characters.")
    if not 1 <= days <= MAX_DAYS:
        raise TokenRefused("token_days", f"A token lives between 1 and {MAX_DAYS} days.")
    if not actions or not ACTIONS.keys() >= set(actions):
        raise TokenRefused("token_actions", f"Choose one or more of: {', '.join(sorted(ACTIONS))}.")
    if lacking := [each for each in actions if not role_may(membership.role, ACTIONS[each])]:
        message = f"The role {membership.role} does not allow: {', '.join(lacking)}."
        raise TokenRefused("token_role", message)


def _new_secret() -> str:
    body = _base62(int.from_bytes(secrets.token_bytes(32)), _BODY)
    return PREFIX + body + _checksum(body)


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECK)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _note_use(token: AccessToken, now: datetime) -> None:
    if token.last_used_at is None or now - token.last_used_at > _USE_GRAIN:
        token.last_used_at = now
        AccessToken.unscoped.filter(pk=token.pk).update(last_used_at=now)
