"""A real OpenID issuer for tests: discovery and keys over TLS, tokens that look like those of CI systems."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tenants.directory.throwaway import certificates

AUDIENCE = "https://acme.localhost"


class Issuer:
    """`address` is what it calls itself. Change `keys`, `about` or `status` to make it misbehave."""

    def __init__(self, address: str, authority: Path) -> None:
        self.address, self.authority = address, authority
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.keys: list[dict[str, Any]] = [self.key.as_dict(private=False)]
        self.about: dict[str, Any] = {"issuer": address, "jwks_uri": f"{address}/keys"}
        self.status = 200
        self.asked: list[str] = []

    def token(self, *, key: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token signed now; a claim of None is left out."""
        now = int(time.time())
        said = {"iss": self.address, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 300, **claims}
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(
            {"alg": "RS256", "kid": "one", **(header or {})}, said, key or self.key, algorithms=ALL
        )

    def github(self, **claims: Any) -> str:
        facts = {
            "sub": "repo:acme/shop:ref:refs/heads/main",
            "repository": "acme/shop",
            "ref": "refs/heads/main",
            "repository_owner_id": "4711",
            "runner_environment": "github-hosted",
            "jti": "f3a1",
        }
        return self.token(**{**facts, **claims})

    def gitlab(self, **claims: Any) -> str:
        facts = {"sub": "project_path:acme/shop:ref_type:branch:ref:main", "ref_protected": "true"}
        return self.token(**{**facts, **claims})

    def kubernetes(self, **claims: Any) -> str:
        place = {"namespace": "shop", "serviceaccount": {"name": "deployer"}}
        facts = {"sub": "system:serviceaccount:shop:deployer", "kubernetes.io": place, "aud": [AUDIENCE]}
        return self.token(**{**facts, **claims})


ALL = ["RS256", "ES256", "HS256", "none"]


@contextmanager
def issuer(place: Path) -> Iterator[Issuer]:
    """Serve one on the loopback address."""
    tls = certificates(place)
    found: list[Issuer] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            me = found[0]
            me.asked.append(self.path)
            answers = {"/.well-known/openid-configuration": me.about, "/keys": {"keys": me.keys}}
            self.send_response(me.status if self.path in answers else 404)
            if me.status == 302:
                self.send_header("Location", "/keys")
            self.end_headers()
            self.wfile.write(json.dumps(answers.get(self.path)).encode())

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # The handshake is the handler's thread's, which closes the connection when a client refuses it.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda request, address: None
    found.append(Issuer(f"https://127.0.0.1:{server.server_port}", tls.authority))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def another_key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
