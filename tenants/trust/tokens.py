"""Reading a workload's token: first what it claims, then whether its issuer really said so."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from joserfc import jwt
from joserfc.errors import JoseError

from tenants.trust.errors import NotTrusted
from tenants.trust.issuers import keys_of

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
LEEWAY_SECONDS = 30
#: An issuer whose tokens live longer is no issuer of workload tokens.
LONGEST_LIFE_SECONDS = 24 * 3600
_LONGEST = 16_384


@dataclass(frozen=True, slots=True)
class Workload:
    """What a token says. `is_proven` once the issuer's signature and the times were checked."""

    issuer: str
    subject: str
    audiences: frozenset[str]
    claims: dict[str, Any]
    key_id: str
    expires_at: float
    is_proven: bool = False


def looks_like_one(text: str) -> bool:
    """Whether `text` has the shape of a signed token, so that a password is told apart cheaply."""
    return len(text) <= _LONGEST and text.count(".") == 2 and text.startswith("ey")


def read(text: str) -> Workload:
    """What the token claims, unproven. Raises NotTrusted."""
    if not looks_like_one(text):
        raise NotTrusted("not_a_token", "This is not a signed token (JWT).")
    header, claims = (_part(each) for each in text.split(".")[:2])
    if header.get("alg") not in ALGORITHMS:
        raise NotTrusted("algorithm", "The token is not signed with an accepted algorithm.")
    issuer, subject, expires = claims.get("iss"), claims.get("sub"), claims.get("exp")
    if not isinstance(issuer, str) or not isinstance(subject, str) or not _is_number(expires):
        raise NotTrusted("claims", "The token lacks issuer, subject or expiry.")
    said = claims.get("aud")
    audiences = frozenset(
        each for each in (said if isinstance(said, list) else [said]) if isinstance(each, str)
    )
    return Workload(issuer, subject, audiences, claims, str(header.get("kid", "")), float(expires))


def prove(text: str, workload: Workload) -> Workload:
    """The same, proven by the issuer's key and by the clock. Raises NotTrusted."""
    now = time.time()
    issued, begins = workload.claims.get("iat"), workload.claims.get("nbf", 0)
    if not _is_number(issued) or not _is_number(begins):
        raise NotTrusted("claims", "The token lacks its time of issue.")
    if now > workload.expires_at + LEEWAY_SECONDS:
        raise NotTrusted("expired", "The token has expired.")
    if max(issued, begins) > now + LEEWAY_SECONDS:
        raise NotTrusted("not_yet", "The token is not in force yet.")
    if workload.expires_at - issued > LONGEST_LIFE_SECONDS:
        raise NotTrusted("lives_too_long", "The token lives longer than a day.")
    keys = keys_of(workload.issuer, key_id=workload.key_id)
    try:
        proven = jwt.decode(text, keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError) as error:
        raise NotTrusted("signature", "The signature is not one of the issuer's.") from error
    if proven.claims != workload.claims:
        raise NotTrusted("signature", "The token reads differently once verified.")
    return replace(workload, is_proven=True)


def _part(text: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotTrusted("not_a_token", "This is not a signed token (JWT).")
    return found


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
