"""The registry against its peers: CNCF distribution for the protocol, nginx for bytes.

    python -m bench.registry [--rounds N] [--seconds N]

Starts our server as in production, distribution and nginx on this machine, gives each the same image, and
measures them in turn with wrk. Ours checks a token, looks up a grant and writes the pull audit; distribution
runs without authentication. Prints a table of requests a second (medians), and one JSON object last.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.peers import distribution, nginx, resident_mb
from registry import media
from tests.conformance.server import Portal

CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Case:
    """One GET: its key in the JSON line, our path, and the peer it is compared with."""

    key: str
    ours: str
    peer: str
    theirs: str


def cases(found: dict[str, str]) -> list[Case]:
    name, digest, blob = "big", found["digest"], found["blob"]
    # No HEAD: wrk waits for the body that such an answer does not have.
    same = [
        ("manifest_get_by_tag", f"manifests/{found['tag']}"),
        ("manifest_get_by_digest", f"manifests/{digest}"),
        ("tags_list", "tags/list?n=1000"),
    ]
    against = [
        Case(key, f"/v2/acme/{name}/{path}", "distribution", f"/v2/{name}/{path}") for key, path in same
    ]
    return [*against, Case("blob_10mb", f"/v2/acme/{name}/blobs/{blob}", "nginx", "/blob")]


def wrk(url: str, *, token: str, seconds: float, script: Path) -> float:
    """Requests a second with `CONNECTIONS` connections; any answer but 200 ends the run."""
    script.write_text(
        (f'wrk.headers["Authorization"] = "Bearer {token}"\n' if token else "")
        + f'wrk.headers["Accept"] = "{media.OCI_MANIFEST}"\n'
        + 'function done(s, l, r) io.write("bad ", s.errors.status + s.errors.read + s.errors.timeout, "\\n") end\n'
    )
    words = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds:g}s", "-s", str(script), url]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    bad = int(re.search(r"^bad (\d+)", said, re.MULTILINE)[1])
    if bad:
        raise SystemExit(f"{bad} requests to {url} failed:\n{said}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def registry_token(portal: Portal) -> str:
    scope = "repository:acme/big:pull"
    request = urllib.request.Request(f"http://{portal.host}/auth/token?service={portal.host}&scope={scope}")
    request.add_header("Authorization", portal.basic("acme"))
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["token"])


@contextmanager
def collecting(portal: Portal) -> Iterator[None]:
    """Garbage collection again and again, as long as this lasts."""
    over = threading.Event()

    def collect() -> None:
        while not over.is_set():
            portal.manage("gc")

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def failed_while_collecting(portal: Portal, path: str, seconds: float) -> tuple[int, int]:
    """How many pulls were made, and failed, while garbage was collected."""
    token, pulled, failed = registry_token(portal), 0, 0
    end = time.monotonic() + seconds
    with collecting(portal):
        while time.monotonic() < end:
            request = urllib.request.Request(f"http://{portal.host}{path}")
            request.add_header("Authorization", f"Bearer {token}")
            try:
                with urllib.request.urlopen(request) as answer:
                    answer.read()
            except OSError:
                failed += 1
            pulled += 1
    return pulled, failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name, Portal() as portal:
        place = Path(name)
        found = portal.call("bench.registry_stock:publish")
        with distribution(place, portal, found) as peer, nginx(place, Path(found["file"])) as static:
            addresses = {"ours": portal.host, "distribution": peer.host, "nginx": static.host}
            rates = measure(cases(found), addresses, portal, told.rounds, told.seconds, place / "wrk.lua")
            figures = ratios(cases(found), rates)
            figures["resident_mb"] = round(resident_mb(portal.pid))
            figures["distribution_resident_mb"] = round(resident_mb(peer.pid))
        pulled, failed = failed_while_collecting(portal, cases(found)[0].ours, 10)
        figures |= {"pulls_while_collecting": pulled, "failed_while_collecting": failed}
    for key, value in figures.items():
        print(f"{key:36} {value:>12}")
    print(json.dumps(figures))
    return int(failed > 0)


def measure(
    wanted: list[Case], addresses: dict[str, str], portal: Portal, rounds: int, seconds: float, script: Path
) -> dict[tuple[str, str], list[float]]:
    """Requests a second by (case, server), in rounds that take turns."""
    rates: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        for case in wanted:
            token = registry_token(portal)
            for server, path in (("ours", case.ours), (case.peer, case.theirs)):
                url = f"http://{addresses[server]}{path}"
                key = token if server == "ours" else ""
                rate = wrk(url, token=key, seconds=seconds, script=script)
                rates.setdefault((case.key, server), []).append(rate)
    return rates


def ratios(wanted: list[Case], rates: dict[tuple[str, str], list[float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for case in wanted:
        ours, theirs = (statistics.median(rates[case.key, server]) for server in ("ours", case.peer))
        found[case.key] = round(ours, 1)
        found[f"{case.key}_{case.peer}"] = round(theirs, 1)
        found[f"{case.key}_vs_{case.peer}"] = round(ours / theirs, 2)
    return found


if __name__ == "__main__":
    sys.exit(main())
