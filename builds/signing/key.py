"""A signing key: the interface every signer has, and the file-backed one.

Not in charge of which key signs what: see `builds.signing.ring`.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

#: RFC 6979: the same bytes signed twice give the same signature, so that a repeated signing job writes
#: nothing new.
_ALGORITHM = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


class BadKey(Exception):
    """A key file that holds no ECDSA P-256 key."""

    code = "signing-key-invalid"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name} does not hold an ECDSA P-256 key.")


class Signer(Protocol):
    """What signs: a file key here; a KMS, an HSM or a certificate elsewhere."""

    def sign(self, data: bytes) -> bytes:
        """The ASN.1 DER signature over `data` (hashed with SHA-256)."""

    @property
    def public_key(self) -> PublicKey: ...


class PublicKey:
    """An ECDSA P-256 public key as clients are given it."""

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        self._key = key

    @classmethod
    def read(cls, path: Path) -> PublicKey:
        """Raises BadKey, FileNotFoundError."""
        try:
            key = serialization.load_pem_public_key(path.read_bytes())
        except ValueError as error:
            raise BadKey(path) from error
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise BadKey(path)
        return cls(key)

    @property
    def der(self) -> bytes:
        return self._key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def pem(self) -> bytes:
        return self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def hint(self) -> str:
        """Base64 of the SHA-256 of the DER key: a bundle's `publicKey.hint`, and the key's id."""
        return base64.b64encode(hashlib.sha256(self.der).digest()).decode()

    def is_signed(self, data: bytes, signature: bytes) -> bool:
        try:
            self._key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


class FileKey:
    """A private key in a PEM file that only the signer may read."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> FileKey:
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def read(cls, path: Path) -> FileKey:
        """Raises BadKey, FileNotFoundError."""
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise BadKey(path) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise BadKey(path)
        return cls(key)

    @property
    def pem(self) -> bytes:
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def public_key(self) -> PublicKey:
        return PublicKey(self._key.public_key())

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data, _ALGORITHM)
