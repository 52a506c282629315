"""The keys of issuers: found by OpenID discovery, kept for an hour, asked for anew when a key is unknown."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.cache import cache
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tenants.trust.errors import NotTrusted
from tenants.trust.fetch import fetch_json

KEPT_SECONDS = 3600
#: A token with a made-up key id may make us ask again only this often for each issuer.
REFRESH_SECONDS = 60
_MOST_KEYS = 100


def keys_of(issuer: str, *, key_id: str) -> KeySet:
    """The issuer's public keys, with `key_id` among them if it has it. Raises NotTrusted."""
    name = f"trust-keys:{hashlib.sha256(issuer.encode()).hexdigest()}"
    found: dict[str, Any] | None = cache.get(name)
    if found is None or (not _has(found, key_id) and cache.add(f"{name}:asked", 1, REFRESH_SECONDS)):
        found = _fetch(issuer)
        cache.set(name, found, KEPT_SECONDS)
        cache.set(f"{name}:asked", 1, REFRESH_SECONDS)
    try:
        return KeySet.import_key_set({"keys": [each for each in found["keys"] if _is_public(each)]})
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise NotTrusted("issuer_keys", "The issuer's keys cannot be read.") from error


def _fetch(issuer: str) -> dict[str, Any]:
    about = fetch_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if about.get("issuer") != issuer:
        raise NotTrusted("issuer_differs", "The issuer calls itself by another name.")
    keys = fetch_json(str(about.get("jwks_uri", "")))
    if not isinstance(keys.get("keys"), list) or len(keys["keys"]) > _MOST_KEYS:
        raise NotTrusted("issuer_keys", "The issuer publishes no list of keys.")
    return keys


def _has(found: dict[str, Any], key_id: str) -> bool:
    return any(isinstance(each, dict) and each.get("kid") == key_id for each in found["keys"])


def _is_public(key: Any) -> bool:
    # A shared secret ("oct") in a published set would let anybody sign.
    return isinstance(key, dict) and key.get("kty") in {"RSA", "EC", "OKP"} and key.get("use", "sig") == "sig"
