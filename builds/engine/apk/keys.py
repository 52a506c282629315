"""Trusted keys of apk sources, and the signatures made with them.

A signature is a file ``.SIGN.<kind>.<name of the key file>`` in a gzip member before what it signs: RSA with
PKCS #1 v1.5 over SHA-1 (kind ``RSA``), SHA-256 (``RSA256``) or SHA-512 (``RSA512``). A key is known by the name of
its file, and no other key is tried. Not in charge of which bytes are signed (``archive``, ``package``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from builds.engine.errors import EngineError
from builds.engine.tar import END, FILE, read_entries

SIGNATURE = re.compile(r"\.SIGN\.(?P<kind>RSA|RSA256|RSA512)\.(?P<key>[^/\x00-\x1f]{1,200})")
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "RSA512": hashes.SHA512(),
    "RSA256": hashes.SHA256(),
    "RSA": hashes.SHA1(),  # noqa: S303 - what older repositories sign with; the format has it so
}
_SMALLEST_KEY = 2048
MAX_SIGNATURE = 64 << 10


class BadKey(EngineError):
    """A key file that cannot be used."""

    code = "apk-key"
    sentence = "The key {path} cannot be used: {reason}."


class Untrusted(Exception):
    """Something is not signed by a trusted key; the text says why and fits into a sentence."""


@dataclass(frozen=True)
class KeyRing:
    """Trusted keys by the name of their file."""

    keys: Mapping[str, RSAPublicKey]

    @cached_property
    def id(self) -> str:
        """A short name for exactly these keys; what was checked with others is not trusted."""
        whole = hashlib.sha256()
        for name in sorted(self.keys):
            numbers = self.keys[name].public_numbers()
            whole.update(f"{name} {numbers.n} {numbers.e}\n".encode())
        return whole.hexdigest()[:16]

    def check(self, signatures: Mapping[str, bytes], signed: memoryview | bytes) -> str:
        """Return the name of the key that signed; of several signatures the strongest known one decides.

        :raises Untrusted: when there is no signature, none by a known key, or it does not fit
        """
        found = [match for name in signatures if (match := SIGNATURE.fullmatch(name))]
        if not found:
            raise Untrusted("it has no usable signature")
        known = [match for match in found if match["key"] in self.keys]
        if not known:
            names = ", ".join(sorted({match["key"] for match in found}))
            raise Untrusted(f"the key that signed it, {names[:200]}, is not among the trusted ones")
        best = min(known, key=lambda match: list(_HASHES).index(match["kind"]))
        try:
            self.keys[best["key"]].verify(
                signatures[best.string], bytes(signed), padding.PKCS1v15(), _HASHES[best["kind"]]
            )
        except (InvalidSignature, UnsupportedAlgorithm):
            raise Untrusted("its content does not match the signature") from None
        return best["key"]


def read_keys(paths: Iterable[Path]) -> KeyRing:
    """Read public keys in PEM.

    :raises BadKey: when a file is no RSA key of at least 2048 bits, or two have one name
    """
    keys: dict[str, RSAPublicKey] = {}
    for path in paths:
        try:
            key = serialization.load_pem_public_key(path.read_bytes())
        except OSError as error:
            raise BadKey(path=path, reason=(error.strerror or "it is unreadable").lower()) from error
        except (ValueError, UnsupportedAlgorithm) as error:
            raise BadKey(path=path, reason="it is no public key in PEM") from error
        if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST_KEY:
            raise BadKey(path=path, reason=f"it is no RSA key of at least {_SMALLEST_KEY} bits")
        if path.name in keys:
            raise BadKey(path=path, reason="there are two of that name")
        keys[path.name] = key
    return KeyRing(keys)


def signatures_in(archive: bytes) -> dict[str, bytes]:
    """Return the signatures in a first member by file name; none when it is of another kind.

    :raises TarRefusedError: when it is damaged
    """
    data = memoryview(archive + END)  # the format leaves out the end of an archive that goes on
    found = {
        entry.path: bytes(data[entry.offset : entry.offset + entry.size])
        for entry in read_entries(data)
        if entry.kind == FILE
    }
    return found if found and all(name.startswith(".SIGN.") for name in found) else {}
