"""Secrets that must be readable again (a directory's bind password), encrypted with the installation's key.

The key is derived from SECRET_KEY, so a database dump alone opens nothing. Access tokens are not kept
here: only their hash is stored.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SecretUnreadable(ValueError):
    """A stored secret was sealed with another SECRET_KEY, or changed."""

    code = "secret_unreadable"

    def __init__(self) -> None:
        super().__init__("The stored secret cannot be read with this SECRET_KEY; enter it again.")


def seal(secret: str) -> str:
    """Encrypt and authenticate `secret`; the empty secret stays empty."""
    return _box().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """The secret that `seal` was given. Raises SecretUnreadable."""
    if not sealed:
        return ""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable from None


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(str(key))) for key in keys])


def _key(secret_key: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"assay sealed secrets v1")
    return base64.urlsafe_b64encode(derived.derive(secret_key.encode()))
