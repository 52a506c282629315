"""Trust stores: the PEM bundle that most programs read, and the key store that Java reads.

The bundle of the public authorities is part of the ``ca-certificates`` fragment; only an image with
certificates of its own gets another one on top.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence

from builds.engine.contents import Contents
from builds.engine.spec.certificates import certificate_blocks
from builds.engine.tar import FILE

BUNDLE = "etc/ssl/certs/ca-certificates.crt"
JAVA_STORE = "etc/ssl/certs/java/cacerts"
JAVA_PASSWORD = "changeit"  # noqa: S105 - the documented password of every Java trust store; it holds no secret
AUTHORITIES = "usr/share/ca-certificates/"


def bundle(pems: Iterable[bytes]) -> bytes:
    """Join PEM certificates into one file, each ended by a line break."""
    return b"".join(pem.strip() + b"\n" for pem in pems)


def authorities(data: memoryview, contents: Contents) -> bytes:
    """Join the public authorities' certificates that a package ships, in path order."""
    return bundle(
        bytes(data[entry.offset : entry.offset + entry.size])
        for entry in contents.leaves
        if entry.kind == FILE and entry.path.startswith(AUTHORITIES) and entry.path.endswith(".crt")
    )


def java_store(pem_bundle: bytes, added: Sequence[str]) -> bytes:
    """Return a Java key store of type JKS, version 2, that trusts every certificate of the bundle.

    The layout is the one that ``sun.security.provider.JavaKeyStore`` documents: magic, version, entries,
    and SHA-1 over the password in UTF-16, the words “Mighty Aphrodite” and all that precedes. Entries are dated
    1970, so that a newer index alone does not change the file.
    """
    certificates = certificate_blocks(pem_bundle.decode()) + [
        der for text in added for der in certificate_blocks(text)
    ]
    unique = list(dict.fromkeys(certificates))
    body = struct.pack(">III", 0xFEEDFEED, 2, len(unique))
    for der in unique:
        alias = hashlib.sha256(der).hexdigest()[:32]
        body += struct.pack(">I", 2) + _utf(alias) + bytes(8)
        body += _utf("X.509") + struct.pack(">I", len(der)) + der
    seal = hashlib.sha1(JAVA_PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + body)  # noqa: S324 - the format's own
    return body + seal.digest()


def _utf(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw
