"""The servers that ours is measured against, each for the time of a `with`."""

from __future__ import annotations

import getpass
import grp
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from registry import media
from tests.conformance.server import CLIENTS, Portal
from tests.servers.running import any_port


@dataclass(frozen=True, slots=True)
class Peer:
    host: str
    pid: int


def resident_mb(pid: int) -> float:
    """Resident memory of a process and its children, in MB."""
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        status = Path(f"/proc/{one}/status").read_text()
        total += int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
        for task in Path(f"/proc/{one}/task").iterdir():
            waiting += map(int, (task / "children").read_text().split())
    return total / 1000


@contextmanager
def running(words: list[str], port: int, log: Path) -> Iterator[Peer]:
    with log.open("wb") as file:
        process = subprocess.Popen(words, stdout=file, stderr=file)
    try:
        _wait(port, process, log)
        yield Peer(f"127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
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
        copy = [str(CLIENTS / "crane"), "--insecure", "copy"]
        copy += [f"{portal.host}/acme/big:{found['tag']}", f"{peer.host}/big:{found['tag']}"]
        subprocess.run(copy, check=True, env={"DOCKER_CONFIG": str(place / ".docker")}, capture_output=True)
        _tag(peer.host, found)
        yield peer


def _tag(host: str, found: dict[str, str]) -> None:
    url = f"http://{host}/v2/big/manifests/"
    asked = urllib.request.Request(url + found["tag"], headers={"Accept": media.OCI_MANIFEST})
    with urllib.request.urlopen(asked) as answer:
        content, media_type = answer.read(), answer.headers["Content-Type"]
    for name in found["tags"]:
        request = urllib.request.Request(url + name, data=content, method="PUT")
        request.add_header("Content-Type", media_type)
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
