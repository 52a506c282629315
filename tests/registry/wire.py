"""A registry client in this process, speaking WSGI to the real door; and small images to push."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from dataclasses import dataclass, field
from typing import Any

from registry import media

HOST = "acme.localhost"
EMPTY = {"mediaType": "application/vnd.oci.empty.v1+json"}


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def basic(secret: str, user: str = "anyone") -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> str:
        return self.json["errors"][0]["code"]


def environ_of(wire: Wire, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
    """What a server hands to WSGI for such a request."""
    path, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": wire.host,
        "REMOTE_ADDR": "127.0.0.9",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    if wire.authorization:
        environ["HTTP_AUTHORIZATION"] = wire.authorization
    return environ


@dataclass
class Wire:
    """Requests to one host with one Authorization header."""

    host: str = HOST
    authorization: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        from portal.wsgi import application
        from tests.asking import for_nobody, one_connection

        environ = environ_of(self, method, path, body) | headers
        seen: dict[str, Any] = {}

        def start(status: str, found: list[tuple[str, str]], _error: object = None) -> None:
            seen.update(status=int(status[:3]), headers={name.lower(): value for name, value in found})

        with one_connection():
            response = for_nobody(application)(environ, start)
            try:
                content = b"".join(response)
            finally:
                if hasattr(response, "close"):  # PEP 3333: not every answer has one
                    response.close()
        return Answer(seen["status"], seen["headers"], content)

    def as_token(self, secret: str) -> Wire:
        return Wire(self.host, basic(secret))

    def bearer(self, secret: str, *scopes: str) -> Wire:
        """Fetch a registry token for these scopes and use it."""
        query = "&".join(f"scope={scope}" for scope in scopes)
        found = Wire(self.host, basic(secret))("GET", f"/auth/token?service={self.host}&{query}")
        assert found.status == 200, found.content
        return Wire(self.host, f"Bearer {found.json['token']}")

    def blob(self, name: str, content: bytes) -> str:
        """Push a blob in one POST; returns its digest."""
        digest = sha256(content)
        answer = self("POST", f"/v2/{name}/blobs/uploads/?digest={digest}", content)
        assert answer.status == 201, answer.content
        return digest

    def manifest(self, name: str, reference: str, content: bytes, media_type: str = "") -> Answer:
        media_type = media_type or json.loads(content)["mediaType"]
        return self("PUT", f"/v2/{name}/manifests/{reference}", content, CONTENT_TYPE=media_type)

    def image(self, name: str, tag: str, layer: bytes = b"layer", **more: Any) -> str:
        """Push an image of one layer; returns its digest."""
        self.blob(name, b"{}")
        self.blob(name, layer)
        content = image(layer, **more)
        answer = self.manifest(name, tag or sha256(content), content)
        assert answer.status == 201, answer.content
        return sha256(content)


def descriptor(content: bytes, media_type: str = "application/octet-stream") -> dict[str, Any]:
    return {"mediaType": media_type, "digest": sha256(content), "size": len(content)}


def image(layer: bytes = b"layer", config: bytes = b"{}", **more: Any) -> bytes:
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": media.OCI_MANIFEST,
            "config": descriptor(config, "application/vnd.oci.image.config.v1+json"),
            "layers": [descriptor(layer, "application/vnd.oci.image.layer.v1.tar")],
            **more,
        }
    ).encode()


def index(*manifests: bytes, **more: Any) -> bytes:
    found = [descriptor(one, media.OCI_MANIFEST) for one in manifests]
    return json.dumps({"schemaVersion": 2, "mediaType": media.OCI_INDEX, "manifests": found, **more}).encode()
