"""Load, and what comes of it: wrk for GET, own clients for what wrk cannot do."""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import selectors
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Target:
    """An address on this machine and what is sent with each request."""

    port: int
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)


def gets(target: Target, seconds: float) -> float:
    """GETs a second by wrk with `CONNECTIONS` connections; any answer but 200 ends the run."""
    told = [f'wrk.headers["{name}"] = "{value}"' for name, value in target.headers.items()]
    told.append(
        'function done(s, l, r) io.write("bad ", s.errors.status + s.errors.read + s.errors.timeout, "\\n") end'
    )
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write("\n".join(told))
        script.flush()
        url = f"http://127.0.0.1:{target.port}{target.path}"
        words = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds:g}s", "-s", script.name, url]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    if bad := int(re.search(r"^bad (\d+)", said, re.MULTILINE)[1]):
        raise SystemExit(f"{bad} requests to {url} failed:\n{said}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def heads(target: Target, seconds: float) -> float:
    """HEADs a second. wrk waits for the body that such an answer announces and does not have."""
    lines = [f"HEAD {target.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in {"Host": "localhost", **target.headers}.items()]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    done, ready = 0, selectors.DefaultSelector()
    for _ in range(CONNECTIONS):
        one = socket.create_connection(("127.0.0.1", target.port))
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ready.register(one, selectors.EVENT_READ)
        one.sendall(request)
    began = time.monotonic()
    while (now := time.monotonic()) < began + seconds:
        for key, _ in ready.select(1):
            answer = key.fileobj.recv(65536)
            if not answer.startswith(b"HTTP/1.1 200") or not answer.endswith(b"\r\n\r\n"):
                raise SystemExit(f"HEAD {target.path} failed: {answer[:200]!r}")
            done += 1
            key.fileobj.sendall(request)
    for key in list(ready.get_map().values()):
        key.fileobj.close()
    return done / (now - began)


def seconds_of_each(targets: Iterable[Target]) -> list[float]:
    """How long each request takes, one after another on one connection for each port."""
    connections: dict[int, http.client.HTTPConnection] = {}
    found = []
    for target in targets:
        connection = connections.setdefault(target.port, http.client.HTTPConnection("127.0.0.1", target.port))
        began = time.perf_counter()
        connection.request("GET", target.path, headers=dict(target.headers))
        answer = connection.getresponse()
        answer.read()
        found.append(time.perf_counter() - began)
        if answer.status != 200:
            raise SystemExit(f"{target.path}: {answer.status}")
    for connection in connections.values():
        connection.close()
    return found


def pushes(target: Target, count: int) -> float:
    """Blobs of 1 MB pushed a second, each another, by `CONNECTIONS` clients: POST, then PUT, as clients do.

    `target.path` is the repository's, such as `/v2/big`.
    """
    rest = os.urandom(1_000_000 - 16)
    blobs = [os.urandom(16) for _ in range(count)]
    digests = [hashlib.sha256(first + rest).hexdigest() for first in blobs]
    waiting = list(zip(blobs, digests, strict=True))
    failed: list[str] = []

    def push() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", target.port)
        while waiting and not failed:
            try:
                first, digest = waiting.pop()
            except IndexError:
                return
            if said := _push_one(connection, target, first, rest, digest):
                failed.append(said)

    clients = [threading.Thread(target=push) for _ in range(CONNECTIONS)]
    began = time.monotonic()
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    if failed:
        raise SystemExit(f"a push failed: {failed[0]}")
    return count / (time.monotonic() - began)


def _push_one(
    connection: http.client.HTTPConnection, target: Target, first: bytes, rest: bytes, digest: str
) -> str:
    connection.request(
        "POST", f"{target.path}/blobs/uploads/", headers={**target.headers, "Content-Length": "0"}
    )
    answer = connection.getresponse()
    answer.read()
    if answer.status != 202:
        return f"POST {answer.status}"
    place = re.sub(r"^https?://[^/]+", "", answer.headers["Location"])
    place += f"{'&' if '?' in place else '?'}digest=sha256:{digest}"
    sent = {"Content-Type": "application/octet-stream", "Content-Length": str(len(first) + len(rest))}
    connection.request("PUT", place, [first, rest], {**target.headers, **sent})
    answer = connection.getresponse()
    said = answer.read()
    return "" if answer.status == 201 else f"PUT {answer.status} {said[:200]!r}"


def cpu_seconds(pid: int) -> float:
    """Processor time that a process and its children took so far, to the microsecond."""
    total, waiting = 0, [pid]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
                waiting += map(int, (task / "children").read_text().split())
            except (FileNotFoundError, ProcessLookupError):
                continue  # the thread ended meanwhile
    return total / 1e9


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
