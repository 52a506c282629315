"""Refresh tokens: what a client keeps in place of an access token's secret ("identity token").

Signed by us, for one host, and for one access token as it is now: revoking or renewing that ends it, and
it lives no longer. A token may be used by many pulls side by side, so using it does not change it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

from registry import bearer
from tenants.models import AccessToken

TYPE = "assay-refresh+jwt"


def issue(*, token: AccessToken, host: str) -> str:
    """A refresh token for `host`; it ends with the access token."""
    return bearer.sign(
        {
            "iss": bearer.realm(host),
            "aud": host,
            "sub": f"token:{token.pk}",
            "iat": int(time.time()),
            "exp": int(token.expires_at.timestamp()),
            "jti": secrets.token_urlsafe(12),
            "of": _print_of(token),
        },
        TYPE,
    )


def subject_of(text: str, *, host: str) -> tuple[int, str] | None:
    """(id of the access token, its fingerprint) that a refresh token of ours for `host` names, or None."""
    claims = bearer.read(text, host=host, kind=TYPE)
    if claims is None:
        return None
    kind, _, number = str(claims.get("sub")).partition(":")
    if kind != "token" or not number.isdigit():
        return None
    return int(number), str(claims.get("of"))


def fits(token: AccessToken, fingerprint: str) -> bool:
    """Whether the access token still has the secret that the refresh token was issued for."""
    return hmac.compare_digest(_print_of(token), fingerprint)


def _print_of(token: AccessToken) -> str:
    # Of the stored hash, so that a refresh token tells nothing of it.
    return hashlib.sha256(f"refresh:{token.sha256}".encode()).hexdigest()[:32]
