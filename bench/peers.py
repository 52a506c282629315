"""The servers that ours is measured against, each for the time of a `with`."""

from __future__ import annotations

import getpass
import grp
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.demo import roster
from registry import media
from tests.conformance.server import CLIENTS, Portal
from tests.servers.nginx import nginx_before
from tests.servers.running import ROOT, any_port


@dataclass(frozen=True, slots=True)
class Peer:
    port: int
    pid: int

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def running(words: list[str], port: int, log: Path) -> Iterator[Peer]:
    with log.open("wb") as file:
        process = subprocess.Popen(words, stdout=file, stderr=file)
    try:
        _wait(port, process, log)
        yield Peer(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/").close()
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args} did not start:\n{log.read_text()}")


@contextmanager
def distribution(place: Path, portal: Portal, found: dict[str, str]) -> Iterator[Peer]:
    """CNCF distribution 3 without authentication, holding a copy of our image and its tags."""
    port = any_port()
    config = place / "distribution.yml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n"
        f"storage: {{filesystem: {{rootdirectory: {place}/distribution}}}}\nhttp: {{addr: 127.0.0.1:{port}}}\n"
    )
    with running([str(CLIENTS / "registry"), "serve", str(config)], port, place / "distribution.log") as peer:
        (place / ".docker").mkdir()
        (place / ".docker" / "config.json").write_text(portal.docker_config("acme"))
        for one in (found["digest"], *found["referrers"]):
            copy = [str(CLIENTS / "crane"), "--insecure", "copy"]
            copy += [f"{portal.host}/acme/big@{one}", f"{peer.host}/big@{one}"]
            subprocess.run(
                copy, check=True, env={"DOCKER_CONFIG": str(place / ".docker")}, capture_output=True
            )
        headers = bearer(portal, "big", "pull")
        content = _get(f"http://{portal.host}/v2/acme/big/manifests/{found['digest']}", headers)
        for name in (found["tag"], *found["tags"]):
            _put(peer, name, content, media.OCI_MANIFEST)
        listed = _get(f"http://{portal.host}/v2/acme/big/referrers/{found['digest']}", headers)
        _put(peer, found["digest"].replace(":", "-"), listed, media.OCI_INDEX)
        yield peer


def bearer(portal: Portal, name: str, actions: str) -> dict[str, str]:
    """Headers with a registry token for one of acme's repositories."""
    scope = f"repository:acme/{name}:{actions}"
    url = f"http://{portal.host}/auth/token?service={portal.host}&scope={scope}"
    found = json.loads(_get(url, {"Authorization": portal.basic("acme")}))
    return {"Authorization": f"Bearer {found['token']}", "Host": portal.host}


def _get(url: str, headers: dict[str, str]) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.read()


def _put(peer: Peer, reference: str, content: bytes, media_type: str) -> None:
    url = f"http://{peer.host}/v2/big/manifests/{reference}"
    request = urllib.request.Request(url, data=content, method="PUT", headers={"Content-Type": media_type})
    urllib.request.urlopen(request).close()


@contextmanager
def nginx(place: Path, file: Path) -> Iterator[Peer]:
    """nginx with one worker per core, serving `file` at /blob."""
    port = any_port()
    config = place / "nginx.conf"
    config.write_text(
        # Its workers must read what our server wrote for itself alone.
        f"user {getpass.getuser()} {grp.getgrgid(os.getgid()).gr_name};\n"
        f"daemon off; pid {place}/nginx.pid; error_log {place}/nginx-errors.log; worker_processes auto;\n"
        f"events {{}} http {{ access_log off; sendfile on; server {{ listen 127.0.0.1:{port};\n"
        f"location = /blob {{ alias {file}; }} }} }}\n"
    )
    words = ["/usr/sbin/nginx", "-e", f"{place}/nginx-errors.log", "-c", str(config)]
    with running(words, port, place / "nginx.log") as peer:
        yield peer


@contextmanager
def accelerated(place: Path, portal: Portal) -> Iterator[tuple[int, int]]:
    """The same portal behind the nginx that we recommend: its port, and the web process behind it."""
    port, front = any_port(), any_port()
    with (place / "x-accel.log").open("wb") as log:
        behind = subprocess.Popen(
            roster.web(port), cwd=ROOT, stdout=log, stderr=log, process_group=0,
            env=portal.environment | {"ASSAY_ROLE": "web", "ASSAY_BLOB_SERVING": "x-accel"},
        )  # fmt: skip
    try:
        _wait(port, behind, place / "x-accel.log")
        with nginx_before(port, listen=front, storage=portal.var / "storage", folder=place / "front"):
            yield front, behind.pid
    finally:
        behind.terminate()
        behind.wait(timeout=20)
