"""For TLS on a host name of a tenant's own: a local authority, and a proxy in place of DNS."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_PIECE = 65536


def write_certificates(folder: Path, host: str) -> Path:
    """An authority and a certificate of it for `host`: server.pem, server.key; gives the authority's file, ca.crt."""
    folder.mkdir(parents=True, exist_ok=True)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _certificate("Test authority", authority_key, "Test authority", authority_key, None)
    server = _certificate("Test authority", authority_key, host, key, host)
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(server.public_bytes(pem))
    (folder / "server.key").write_bytes(secret)
    (folder / "ca.crt").write_bytes(authority.public_bytes(pem))
    return folder / "ca.crt"


def _certificate(
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    host: str | None,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    extension: x509.ExtensionType = x509.BasicConstraints(ca=True, path_length=0)
    if host is not None:
        extension = x509.SubjectAlternativeName([x509.DNSName(host)])
    return (
        x509.CertificateBuilder()
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(extension, critical=host is None)
        .sign(issuer_key, hashes.SHA256())
    )


@contextmanager
def tunnel(port: int) -> Iterator[int]:
    """A proxy that leads every CONNECT, whatever name it asks for, to `port`; gives its own port."""
    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listening, port), daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()


def _accept(listening: socket.socket, port: int) -> None:
    while True:
        try:
            inner, _ = listening.accept()
        except OSError:  # closed: it is over
            return
        threading.Thread(target=_connect, args=(inner, port), daemon=True).start()


def _connect(inner: socket.socket, port: int) -> None:
    with inner:
        asked = b""
        while b"\r\n\r\n" not in asked:
            piece = inner.recv(_PIECE)
            if not piece:
                return
            asked += piece
        if not asked.startswith(b"CONNECT "):
            return
        with socket.create_connection(("127.0.0.1", port)) as outer:
            inner.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=_copy, args=(outer, inner), daemon=True)
            back.start()
            _copy(inner, outer)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(_PIECE):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        target.close()  # ends the other direction as well
