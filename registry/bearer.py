"""Short-lived registry tokens: ES256 with our one key. Says who asked and for what, never what may be.

What a bearer may do is decided again at each request (see `registry.callers`), so a revoked access
token ends with it. Headers that offer another key (`jwk`, `x5c`, `jku`) are never looked at.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from registry import memory
from registry.memory import Memory
from registry.scopes import ACTIONS, Scope

TYPE = "JWT"
PULL_SECONDS = 300
#: A push of large layers must not lose its token half way.
PUSH_SECONDS = 3600
_LONGEST = 16_384
#: Claims of tokens that we signed. Others are not remembered: anybody can send any number of them.
_signed: Memory[tuple[str, str], dict[str, Any]] = Memory(most=16_384, room=8_000_000)
_SUBJECT = re.compile(
    r"anonymous|token:[0-9]{1,18}|staging:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9a-f]{16}"
)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. `subject` is `token:<id>`, `staging:<build id>:<print of its key>` or `anonymous`."""

    subject: str
    access: tuple[Scope, ...]

    def may(self, action: str, name: str) -> bool:
        needed = {action, "*"} | ({"push"} if action == "delete" else set())
        return any(
            one.kind == "repository" and one.name == name and one.actions & needed for one in self.access
        )

    @property
    def may_list(self) -> bool:
        return any(one.kind == "registry" and one.name == "catalog" for one in self.access)


def realm(host: str) -> str:
    return f"{settings.PORTAL_SCHEME}://{host}/auth/token"


def issue(*, subject: str, host: str, access: list[Scope]) -> tuple[str, int, int]:
    """Sign a token for `host`; returns it, its lifetime in seconds and when it was issued (Unix time)."""
    now = int(time.time())
    lifetime = PUSH_SECONDS if any({"push", "*"} & one.actions for one in access) else PULL_SECONDS
    claims = {
        "iss": realm(host),
        "aud": host,
        "sub": subject,
        "iat": now,
        "nbf": now,
        "exp": now + lifetime,
        "jti": secrets.token_urlsafe(12),
        "access": [{"type": one.kind, "name": one.name, "actions": sorted(one.actions)} for one in access],
    }
    return sign(claims, TYPE), lifetime, now


def sign(claims: dict[str, Any], kind: str) -> str:
    """Sign claims as a token of that type (`typ`)."""
    key = _key(Path(settings.TOKEN_KEY_PATH))
    header = {"alg": "ES256", "typ": kind, "kid": key.thumbprint()}
    return jwt.encode(header, claims, key, algorithms=["ES256"])


def read(text: str, *, host: str, kind: str) -> dict[str, Any] | None:
    """The claims of a token of that type that we signed for `host` and that is in force; None for any other."""
    if not looks_like_one(text):
        return None
    claims = _verified(text, kind, Path(settings.TOKEN_KEY_PATH))
    if claims is None or claims.get("aud") != host or claims.get("iss") != realm(host):
        return None
    begins = claims.get("nbf", claims.get("iat"))
    return claims if _number(begins) <= time.time() < _number(claims.get("exp")) else None


def looks_like_one(text: str) -> bool:
    """Whether `text` has the shape of a signed token."""
    return len(text) <= _LONGEST and text.count(".") == 2


def verify(text: str, *, host: str) -> Claims | None:
    """What a registry token says, that we signed for `host` and that is in force; None for any other."""
    claims = read(text, host=host, kind=TYPE)
    if claims is None:
        return None
    subject = claims.get("sub")
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        return None
    try:
        return Claims(subject, tuple(_scope(one) for one in claims["access"]))
    except (KeyError, TypeError):
        return None


def _verified(text: str, kind: str, path: Path) -> dict[str, Any] | None:
    # Whether a signature is ours never changes, so this may be remembered; times are checked outside.
    known = _signed.recall((kind, text))
    if known is None and (known := _checked(text, kind, path)) is not None:
        _signed.keep((kind, text), known, until=memory.clock() + PULL_SECONDS, weight=len(text))
    return known


def _checked(text: str, kind: str, path: Path) -> dict[str, Any] | None:
    key = _key(path)
    try:
        token = jwt.decode(text, key, algorithms=["ES256"])
    except (JoseError, ValueError):
        return None
    is_ours = token.header.get("kid") == key.thumbprint() and token.header.get("typ") == kind
    return dict(token.claims) if is_ours else None


def _number(found: object) -> float:
    return float(found) if isinstance(found, int | float) else float("nan")


def _scope(found: dict[str, Any]) -> Scope:
    return Scope(found["type"], found["name"], frozenset(found["actions"]) & ACTIONS)


@lru_cache(maxsize=8)
def _key(path: Path) -> ECKey:
    if not path.exists():
        _write_key(path)
    return ECKey.import_key(path.read_text())


def _write_key(path: Path) -> None:
    # Written aside and linked, so that of two processes that start together one wins and both read it.
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    made = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(made, "wb") as file:
        file.write(ECKey.generate_key("P-256").as_pem(private=True))
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
