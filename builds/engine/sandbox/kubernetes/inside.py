"""Speaking with a running pod: programs run beside its server, and its ports asked.

Both go through the API server to the node, so that neither a shell in the image nor a way through the
network policy is needed. A port is asked on the pod's own loopback, as the other runner does.
"""

from __future__ import annotations

import http.client
import io
import json
import time
import urllib.parse
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from builds.engine.sandbox.container import MAX_OUTPUT
from builds.engine.sandbox.kubernetes.cluster import Cluster, ClusterRefusedError, named
from builds.engine.sandbox.probe import MAX_BODY, TIMEOUT
from builds.engine.sandbox.values import Probe

#: A refused connection is said at once; a port that is silent for so long has accepted it.
QUIET = 1.0
#: Channels of an exec, and of a forwarded port; each of the latter begins with the port's number.
STDOUT, STDERR, ERROR = 1, 2, 3
DATA, REFUSAL, PREFIX = 0, 1, 2


def run_beside(
    cluster: Cluster, pod: str, container: str, args: Sequence[str], seconds: float
) -> tuple[int | None, str, str]:
    """Run a program in a container; return exit code (None: too slow), stdout, stderr.

    :raises ClusterRefusedError: when the cluster does not allow it
    """
    from kubernetes.stream import stream

    with named("run a program in a Pod"):
        socket = stream(
            cluster.core.connect_get_namespaced_pod_exec, pod, cluster.namespace, container=container,
            command=list(args), stdin=False, stdout=True, stderr=True, tty=False,
            _preload_content=False,
        )  # fmt: skip
        kept = {STDOUT: "", STDERR: "", ERROR: ""}
        end = time.monotonic() + seconds
        try:
            while socket.is_open() and time.monotonic() < end:
                _take(socket, kept, end)
                socket.read_all()  # its own copy of everything, which would grow without bound
            _take(socket, kept, 0)
            if not socket.is_open() and not kept[ERROR]:
                raise ClusterRefusedError(verb="run a program in a Pod", reason="the connection ended early")
            return _exit_code(kept), kept[STDOUT], kept[STDERR]
        finally:
            _close(socket)


def _take(socket: Any, kept: dict[int, Any], end: float) -> None:
    """Add to each channel what comes in until ``end``, or has come already."""
    from websocket import WebSocketConnectionClosedException

    # The other side may be gone before our goodbye; what it said before is kept.
    with suppress(WebSocketConnectionClosedException):
        socket.update(timeout=max(0.0, end - time.monotonic()))
    for channel, before in kept.items():
        with suppress(WebSocketConnectionClosedException):
            said = socket.read_channel(channel) or before[:0]  # "" when there is nothing, bytes or not
            kept[channel] = before + said[: MAX_OUTPUT - len(before)]


def _exit_code(kept: dict[int, str]) -> int | None:
    """The exit code in the Status that ends an exec; what could not be started is 127, as a shell says."""
    if not kept[ERROR]:
        return None
    status = json.loads(kept[ERROR])
    if status.get("status") == "Success":
        return 0
    causes = (status.get("details") or {}).get("causes") or []
    codes = [cause["message"] for cause in causes if cause.get("reason") == "ExitCode"]
    if codes:
        return int(codes[0])
    kept[STDERR] += str(status.get("message", ""))
    return 127


def ask(cluster: Cluster, pod: str, probe: Probe) -> dict[str, Any]:
    """Ask a port of a pod: ``{"status", "body"}`` or ``{"error"}``.

    :raises ClusterRefusedError: when the cluster does not forward
    """
    from kubernetes.stream import stream

    with named("forward to a Pod"):
        # The client's own forwarding runs a thread and leaves sockets open; its channels are all that is needed.
        socket = stream(
            cluster.core.connect_get_namespaced_pod_portforward, pod, cluster.namespace, ports=str(probe.port),
            binary=True, _preload_content=False,
        )  # fmt: skip
        try:
            if probe.path:
                socket.write_channel(DATA, _request(probe.path))
            said, refusal = _await_answer(socket, TIMEOUT if probe.path else QUIET)
        finally:
            _close(socket)
    if refusal:
        said_why = refusal.decode("utf-8", "replace").strip()
        return {"error": "connection refused" if "connection refused" in said_why else said_why[:300]}
    return _read(said) if probe.path else {"status": 0, "body": ""}


def _close(socket: Any) -> None:
    """The client leaves the connection open when the other side said goodbye first."""
    socket.close()
    socket.sock.shutdown()


def _await_answer(socket: Any, seconds: float) -> tuple[bytes, bytes]:
    """What came in on the port until it was closed, refused or silent for too long, and the refusal."""
    kept, end = {DATA: b"", REFUSAL: b""}, time.monotonic() + seconds
    while socket.is_open() and time.monotonic() < end:
        _take(socket, kept, end)
        if len(kept[REFUSAL]) > PREFIX or len(kept[DATA]) >= MAX_BODY:
            break
    _take(socket, kept, 0)
    return kept[DATA][PREFIX:], kept[REFUSAL][PREFIX:]


def _request(path: str) -> bytes:
    path = urllib.parse.quote(path, safe="/?&=%:@,;+~!$'()*")
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()


def _read(said: bytes) -> dict[str, Any]:
    response = http.client.HTTPResponse(_Received(said))  # type: ignore[arg-type]
    try:
        response.begin()
        body = response.read(MAX_BODY)
    except (http.client.HTTPException, OSError) as error:
        return {"error": str(error) or type(error).__name__}
    return {"status": response.status, "body": body.decode("utf-8", "replace")}


class _Received:
    """What was received, where the standard library wants a socket."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._said)
