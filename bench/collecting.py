"""Whole pulls, byte for byte, while garbage is made and collected again and again."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from bench import peers
from tests.conformance.server import Portal


def failed_pulls(portal: Portal, *, seconds: float) -> dict[str, int]:
    """How many pulls were made, how many of them failed, and what was collected meanwhile."""
    headers, pulled, failed = peers.bearer(portal, "big", "pull"), 0, 0
    removed: list[int] = []
    end = time.monotonic() + seconds
    with _collecting(portal, removed) as collector:
        while time.monotonic() < end or not sum(removed):
            if not collector.is_alive():
                raise RuntimeError("garbage collection failed")
            try:
                _pull(portal, headers)
            except (OSError, ValueError):
                failed += 1
            pulled += 1
    return {
        "pulls_while_collecting": pulled,
        "failed_while_collecting": failed,
        "blobs_collected_meanwhile": sum(removed),
    }


def _pull(portal: Portal, headers: dict[str, str]) -> None:
    manifest = json.loads(_get(portal, "manifests/latest", headers))
    for one in (manifest["config"], *manifest["layers"]):
        content = _get(portal, f"blobs/{one['digest']}", headers)
        if f"sha256:{hashlib.sha256(content).hexdigest()}" != one["digest"]:
            raise ValueError(one["digest"])


def _get(portal: Portal, path: str, headers: dict[str, str]) -> bytes:
    request = urllib.request.Request(f"http://{portal.host}/v2/acme/big/{path}", headers=headers)
    with urllib.request.urlopen(request) as answer:
        return answer.read()


@contextmanager
def _collecting(portal: Portal, removed: list[int]) -> Iterator[threading.Thread]:
    over = threading.Event()

    def collect() -> None:
        while not over.is_set():
            removed.append(portal.call("bench.registry_stock:litter_and_collect"))

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        yield thread
    finally:
        over.set()
        thread.join()
