"""The worker's side of the OCI API: one staging repository, with the build's key."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO

import httpx2

from builds.engine.store import Store
from builds.worker.errors import BaseDamaged, PushRefused
from registry.keys import pull_key

_PIECE = 1 << 20


class Staging:
    """Push by digest into a build's staging, and read what it may mount."""

    def __init__(self, *, address: str, name: str, key: str, mounts_from: str | None) -> None:
        self._mounts_from = mounts_from
        self.name = name
        #: Opens the same repository for pulling alone.
        self.pull_key = pull_key(key)
        self._client = httpx2.Client(
            base_url=f"{address}/v2/{name}/",
            auth=("worker", key),
            timeout=httpx2.Timeout(120, connect=5),
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    def ensure_blob(self, *, digest: str, path: Path) -> str:
        """Have a blob in staging; give how: "present", "mounted" or "pushed". Raises PushRefused."""
        if self._send("HEAD", f"blobs/{digest}").status_code == 200:
            return "present"
        if self.mount(digest):
            return "mounted"
        upload = self._send("POST", "blobs/uploads/")
        _expect(upload, 202, f"an upload for {digest}")
        with path.open("rb") as file:
            answer = self._send_file(upload.headers["Location"], digest, file)
        _expect(answer, 201, f"the blob {digest}")
        return "pushed"

    def mount(self, digest: str) -> bool:
        """Link a blob of the base; False when the base has none such."""
        if self._mounts_from is None:
            return False
        answer = self._send("POST", "blobs/uploads/", {"mount": digest, "from": self._mounts_from})
        if answer.status_code == 202:
            self._client.delete(
                self._at(answer.headers["Location"])
            )  # the upload offered in its place is not wanted
        return answer.status_code == 201

    def put_manifest(self, *, digest: str, media_type: str, content: bytes) -> None:
        """Raises PushRefused."""
        try:
            answer = self._client.put(
                f"manifests/{digest}", content=content, headers={"Content-Type": media_type}
            )
        except httpx2.HTTPError as error:
            raise PushRefused(f"The registry did not answer: {type(error).__name__}.") from error
        _expect(answer, 201, f"the manifest {digest}")

    def fetch_blob(self, *, digest: str, store: Store) -> None:
        """Bring a blob of staging into the engine's store. Raises BaseDamaged, PushRefused."""
        try:
            with self._client.stream("GET", f"blobs/{digest}", follow_redirects=True) as answer:
                _expect(answer, 200, f"the blob {digest}")
                with store.scratch() as file:
                    hashed = hashlib.sha256()
                    for piece in answer.iter_bytes(_PIECE):
                        hashed.update(piece)
                        file.write(piece)
                    if digest != f"sha256:{hashed.hexdigest()}":
                        raise BaseDamaged(f"The blob {digest} arrived damaged.")
                    store.keep(file, store.blob_path(digest))
        except httpx2.HTTPError as error:
            raise PushRefused(f"The registry did not answer: {type(error).__name__}.") from error

    def _at(self, location: str) -> httpx2.URL:
        """A Location as RFC 9110 reads it; the client alone would put it below its base address."""
        return self._client.base_url.join(location)

    def _send(self, method: str, path: str, params: dict[str, str] | None = None) -> httpx2.Response:
        try:
            return self._client.request(method, path, params=params)
        except httpx2.HTTPError as error:
            raise PushRefused(f"The registry did not answer: {type(error).__name__}.") from error

    def _send_file(self, location: str, digest: str, file: IO[bytes]) -> httpx2.Response:
        size = file.seek(0, 2)
        file.seek(0)
        address = self._at(location).copy_merge_params({"digest": digest})
        try:
            return self._client.put(
                address,
                content=iter(lambda: file.read(_PIECE), b""),
                headers={"Content-Type": "application/octet-stream", "Content-Length": str(size)},
            )
        except httpx2.HTTPError as error:
            raise PushRefused(f"The registry did not answer: {type(error).__name__}.") from error


def _expect(answer: httpx2.Response, status: int, what: str) -> None:
    if answer.status_code != status:
        raise PushRefused(f"The registry did not take {what}: status {answer.status_code}.")
