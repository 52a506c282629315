"""Rules about the certificates a customer adds to the trust store: PEM, certificates only, bounded."""

import base64
import binascii
import re
from collections.abc import Iterator

Found = Iterator[tuple[str, str, str]]

MAX_BYTES = 50 * 1024
BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s(.*?)-----END \1-----", re.DOTALL)


def certificate_errors(certificates: tuple[str, ...]) -> Found:
    """Yield what is wrong with the PEM texts; a private key is refused before anything else is read."""
    if sum(len(text.encode(errors="replace")) for text in certificates) > MAX_BYTES:
        yield (
            "certificates",
            "certificates-too-large",
            f"All certificates together may have at most {MAX_BYTES} bytes.",
        )
        return
    for index, text in enumerate(certificates):
        field = f"certificates[{index}]"
        if "PRIVATE KEY" in text:
            yield field, "private-key", "This holds a private key. Remove it, and treat the key as disclosed."
            continue
        blocks = BLOCK.findall(text)
        if not blocks:
            yield field, "certificate", "This holds no PEM certificate."
        elif any(kind != "CERTIFICATE" for kind, _ in blocks):
            yield field, "certificate", "Only certificates are allowed here."
        elif any(not _is_certificate(body) for _, body in blocks):
            yield field, "certificate", "A certificate in this text is damaged."
        elif BLOCK.sub("", text).strip():
            yield field, "certificate-text", "There is other text beside the certificates."


def certificate_blocks(text: str) -> list[bytes]:
    """Return the DER bytes of each certificate in a PEM text that ``certificate_errors`` found sound."""
    return [
        base64.b64decode("".join(body.split())) for kind, body in BLOCK.findall(text) if kind == "CERTIFICATE"
    ]


def _is_certificate(body: str) -> bool:
    """Tell whether the block is one X.509 certificate that says whose it is (RFC 5280, 4.1)."""
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join(body.split()), validate=True))
        return len(certificate.subject) > 0 or len(certificate.extensions) > 0
    except (binascii.Error, ValueError):
        return False
