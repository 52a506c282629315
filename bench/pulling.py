"""What a person with an access token does: ask the API, pull an image. Only the standard library.

    python -m bench.pulling var/demo.json     wait for the first image of acme, pull it, say which

Every byte that is pulled is compared with its digest, so "pulled" means what a registry client means by it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class NotPulled(RuntimeError):
    """An image could not be pulled, or was not what its digest says."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with an access token, on the portal host, in one tenant."""

    address: str
    tenant: str
    token: str

    @classmethod
    def read(cls, path: Path, role: str = "owner") -> Person:
        """The person with that role in what the demo wrote."""
        demo = json.loads(path.read_text())
        found = next(person for person in demo["people"] if person["role"] == role)
        return cls(demo["address"], found["tenant"], found["token"])

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """GET, or POST `body`, below `/api/v1/`. Raises urllib.error.HTTPError."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return json.loads(fetch(f"{self.address}/{self.tenant}/api/v1/{path}", headers, data))

    def pull(self, name: str, reference: str) -> int:
        """Pull a tag or digest with all its blobs for one platform; returns the bytes. Raises NotPulled."""
        bearer = self._registry_token(name)
        raw = self._get(bearer, name, "manifests", reference)
        found = json.loads(raw)
        if found["mediaType"] == INDEX:
            chosen = found["manifests"][0]["digest"]
            raw = self._get(bearer, name, "manifests", chosen)
            found = json.loads(raw)
        blobs = [one["digest"] for one in (found["config"], *found["layers"])]
        return len(raw) + sum(len(self._get(bearer, name, "blobs", digest)) for digest in blobs)

    def _registry_token(self, name: str) -> str:
        basic = base64.b64encode(f"bench:{self.token}".encode()).decode()
        service = self.address.partition("://")[2]
        url = f"{self.address}/auth/token?service={service}&scope=repository:{self.tenant}/{name}:pull"
        return str(json.loads(fetch(url, {"Authorization": f"Basic {basic}"}))["token"])

    def _get(self, bearer: str, name: str, kind: str, reference: str) -> bytes:
        headers = {"Authorization": f"Bearer {bearer}", "Accept": f"{INDEX}, {MANIFEST}"}
        try:
            raw = fetch(f"{self.address}/v2/{self.tenant}/{name}/{kind}/{reference}", headers)
        except urllib.error.HTTPError as error:
            raise NotPulled(f"{name} {reference}: {error.code}") from error
        if reference.startswith("sha256:") and f"sha256:{hashlib.sha256(raw).hexdigest()}" != reference:
            raise NotPulled(f"{name} {reference}: other bytes than its digest says")
        return raw


def fetch(url: str, headers: Mapping[str, str] | None = None, data: bytes | None = None) -> bytes:
    """The body of an answer; loopback only, so no proxy is asked."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, data, dict(headers or {})), timeout=60) as answer:
        return bytes(answer.read())


def pull_first(person: Person, *, seconds: float) -> tuple[str, int]:
    """Wait until some image has a release and pull it: its reference and its bytes. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for image in person.ask("images/")["results"]:
            for stream in image["streams"]:
                if stream["digest"]:
                    return f"{image['name']}:{stream['tag']}", person.pull(image["name"], stream["tag"])
        time.sleep(0.25)
    raise TimeoutError(f"no image could be pulled within {seconds:.0f} s")


if __name__ == "__main__":
    reference, size = pull_first(Person.read(Path(sys.argv[1])), seconds=300)
    print(f"pulled {reference}: {size} bytes")
