"""Who is asking, and what they may ask for. Not in charge of what a repository shows: `visibility`.

Whose a secret is, is found out among all tenants: it is the same answer on every host.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from registry import bearer, memory, refresh, staging
from registry.errors import Unauthorized, WrongCredentials
from registry.models import Repository
from registry.places import Place
from tenants import tokens
from tenants.compiled import compiled, moment
from tenants.models import AccessToken
from tenants.scope import platform_wide

_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Nobody (no `token`, no `staging`), the holder of an access token, a build's worker or its pull key."""

    token: AccessToken | None = None
    staging: Repository | None = None
    #: Of a staging: came with the key that may only pull.
    is_reader: bool = False
    #: Set when the caller came with a registry token: it may do no more than that asked for.
    claims: bearer.Claims | None = None

    @property
    def is_anonymous(self) -> bool:
        return self.token is None and self.staging is None

    @property
    def actor(self) -> str:
        """The name in audit and tag history."""
        if self.staging is not None:
            return f"worker:{self.staging.name.partition('/')[2]}"
        return self.token.holder if self.token is not None else "anonymous"

    def is_asked_for(self, action: str, wire: str) -> bool:
        """Whether the registry token, if one came, covers this."""
        return self.claims is None or self.claims.may(action, wire)

    def may(self, action: str, place: Place) -> bool:
        """Whether rights allow `action` (pull, push, delete) at a place, never mind what exists there."""
        if place.staging is not None:
            is_allowed = action == "pull" or not self.is_reader
            return is_allowed and self.staging is not None and self.staging.name == place.name
        if self.token is None or place.tenant is None or self.token.tenant_id != place.tenant.pk:
            return False
        return self.token.may("pull" if action == "pull" else "push", place.name)


@platform_wide()
def of_header(header: str, *, host: str) -> Caller:
    """Read an Authorization header; "" is anonymous. Raises Unauthorized, WrongCredentials."""
    if not header:
        return Caller()
    if len(header) > _LONGEST:
        raise WrongCredentials
    kind, _, value = header.partition(" ")
    if kind.lower() == "basic":
        return of_password(password_in(value))
    if kind.lower() == "bearer":
        return _of_bearer(value.strip(), host)
    raise WrongCredentials


def password_in(basic: str) -> str:
    """The password of a Basic header's value; user names are for people and ignored. Raises WrongCredentials."""
    try:
        pair = base64.b64decode(basic.strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise WrongCredentials from error
    return pair.partition(":")[2]


@platform_wide()
def of_password(password: str) -> Caller:
    """The holder of an access token, worker key or pull key. Raises WrongCredentials."""
    token = _authenticate(password)
    if token is not None:
        return Caller(token=token)
    caller = _of_staging(password)
    if caller is not None:
        return caller
    raise WrongCredentials


@platform_wide()
def of_refresh(text: str, *, host: str) -> Caller:
    """The holder of a refresh token; an access token may stand in for one. Raises WrongCredentials.

    Clients that were given a password without a user name (oras, docker's `identitytoken`) send it so.
    """
    if not bearer.looks_like_one(text):
        return of_password(text)
    named = refresh.subject_of(text, host=host)
    if named is None:
        raise WrongCredentials
    token = _live(named[0])
    if token is None or not refresh.fits(token, named[1]):
        raise WrongCredentials
    return Caller(token=token)


def _of_bearer(value: str, host: str) -> Caller:
    claims = bearer.verify(value, host=host)
    if claims is None:
        if bearer.looks_like_one(value):
            raise Unauthorized  # most likely it has expired: every client comes to that
        return of_password(value)
    kind, _, rest = claims.subject.partition(":")
    if kind == "anonymous":
        return Caller(claims=claims)
    if kind == "staging":
        build, _, fingerprint = rest.partition(":")
        found = Repository.objects.filter(name=staging.name_of(UUID(build)), is_staging=True).first()
        if found is None or staging.print_of(found) != fingerprint:  # of a key given out before
            raise Unauthorized
        return Caller(staging=found, claims=claims)
    token = _live(int(rest))
    if token is None:
        raise Unauthorized
    return Caller(token=token, claims=claims)


def _read_live(token_id: int) -> AccessToken | None:
    token = _unended.first(token_id)
    return token if token and token.role is not None and token.tenant.is_active else None


@compiled
def _unended(key: int) -> QuerySet[AccessToken]:
    found = AccessToken.unscoped.filter(pk=key, revoked_at=None, expires_at__gt=moment())
    return found.select_related("user", "tenant", "policy")[:1]


_live = memory.remembering(_read_live)
_authenticate = memory.remembering(tokens.authenticate)


def _of_staging(key: str) -> Caller | None:
    if not 32 <= len(key) <= 64 or not key.isascii():
        return None
    said = staging.hash_of(key)
    opened = Q(key_sha256=said) | Q(pull_key_sha256=said)
    found = Repository.objects.filter(opened, is_staging=True).first()
    return Caller(staging=found, is_reader=found.key_sha256 != said) if found is not None else None
