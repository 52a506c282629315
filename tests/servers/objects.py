"""An S3 server of a test's own (moto's), on loopback, behind a cable that can be cut."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.servers.cable import Cable, cable_to
from tests.servers.running import any_port

PATIENCE = 60
BUCKET = "assay-blobs"
URL = f"s3://{BUCKET}/registry"


class ObjectServer:
    """One server with one bucket; what it holds is in its memory."""

    def __init__(self, port: int, cable: Cable) -> None:
        self.cable = cable
        self.address = f"http://127.0.0.1:{cable.port}"
        self._own_address = f"http://127.0.0.1:{port}"

    @property
    def environ(self) -> dict[str, str]:
        """What a process needs to use it, as an operator would set it."""
        return {
            "ASSAY_OBJECT_STORE": URL,
            "ASSAY_OBJECT_STORE_ALLOW_HTTP": "1",
            "AWS_ENDPOINT_URL": self.address,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "assay",
            "AWS_SECRET_ACCESS_KEY": "a secret for tests",
        }

    @property
    def client(self) -> Any:
        """Of the vendor's own library, to look at the bucket from outside."""
        import botocore.session

        session = botocore.session.get_session()
        session.set_credentials("assay", "a secret for tests")
        return session.create_client("s3", endpoint_url=self._own_address, region_name="us-east-1")

    def keys(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [one["Key"] for one in found]

    def empty(self) -> None:
        for key in self.keys():
            self.client.delete_object(Bucket=BUCKET, Key=key)


@contextmanager
def object_server(log: Path) -> Iterator[ObjectServer]:
    port = any_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        _await(f"http://127.0.0.1:{port}/moto-api/", process, log)
        with cable_to(port) as cable:
            server = ObjectServer(port, cable)
            server.client.create_bucket(Bucket=BUCKET)
            yield server
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(url).close()
        except urllib.error.URLError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(log.read_text()) from None
            time.sleep(0.1)
        else:
            return
