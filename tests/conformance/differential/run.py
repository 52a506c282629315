"""Random requests to our registry and to Debian's docker-registry, side by side.

    python -m tests.conformance.differential.run [--requests N] [--seed N]

Each round begins with empty repositories and a seed of its own; a difference is told with the seed that makes it
again. The last line counts requests and differences; the exit status is 1 when there is one.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from tests.conformance.differential.asking import Ask, sequence
from tests.conformance.differential.comparing import Answer, differences, reason
from tests.conformance.server import Portal
from tests.servers.running import any_port

#: Requests of a round.
LENGTH = 80
PATIENCE = 30
BROKEN_OFF = 599


@contextmanager
def docker_registry() -> Iterator[str]:
    """Debian's docker-registry on files of its own; gives its address."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed; see make setup-test")
    port = any_port()
    with tempfile.TemporaryDirectory(prefix="assay-peer-") as name:
        config = Path(name) / "config.yml"
        config.write_text(
            "version: 0.1\nlog: {level: error}\n"
            f"storage: {{filesystem: {{rootdirectory: {name}/storage}}, delete: {{enabled: true}}}}\n"
            f"http: {{addr: '127.0.0.1:{port}'}}\n"
        )
        with (Path(name) / "log").open("wb") as log:
            process = subprocess.Popen([program, "serve", str(config)], stdout=log, stderr=log)
        try:
            _await(f"http://127.0.0.1:{port}/v2/", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _await(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            httpx2.get(address, trust_env=False)
        except httpx2.TransportError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("docker-registry did not start") from None
            time.sleep(0.05)
        else:
            return


@dataclass
class Side:
    """One of the two registries: where repositories begin, and the upload under way."""

    client: httpx2.Client
    prefix: str
    upload: str = ""

    def ask(self, ask: Ask) -> Answer:
        path = ask.path.replace("{prefix}", self.prefix)
        if path.startswith("{upload}"):
            query = path.removeprefix("{upload}")
            address = self.upload + (("&" if "?" in self.upload else "?") + query if query else "")
        else:
            address = f"/v2/{self.prefix}{path}"
        try:
            said = self.client.request(ask.method, address, headers=ask.headers, content=ask.body)
        except httpx2.RemoteProtocolError:  # broken off in the middle: a fault, as 5xx is
            return Answer(BROKEN_OFF, {}, b"")
        if said.status_code == 202 and "location" in said.headers:
            self.upload = re.sub(r"^https?://[^/]+", "", said.headers["location"])
        headers = {name.lower(): value for name, value in said.headers.items()}
        return Answer(said.status_code, headers, said.content)


@dataclass
class Compared:
    """How many requests each side was sent, what differed, and how often for a good reason."""

    requests: int = 0
    differences: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    def round(self, ours: Side, theirs: Side, seed: int) -> None:
        """One round; ends at its first difference, since what follows hangs on it."""
        asked = sequence(random.Random(seed), LENGTH)
        for number, ask in enumerate(asked, 1):
            mine, other = ours.ask(ask), theirs.ask(ask)
            self.requests += 1
            if allowed := reason(ask, mine, other):
                self.reasons[allowed] += 1
            elif found := differences(ask, mine, other):
                where = f"seed {seed}, request {number}: {ask.method} {ask.path}"
                self.differences += [f"{where} {one}" for one in found]
                return


def compare(portal: Portal, *, requests: int, seed: int = 1) -> Compared:
    """Rounds until so many requests were sent to each."""
    compared = Compared()
    headers = {"Authorization": portal.basic("acme")}
    with (
        docker_registry() as peer,
        httpx2.Client(base_url=f"http://{portal.host}", headers=headers, trust_env=False, timeout=60) as us,
        httpx2.Client(base_url=peer, trust_env=False, timeout=60) as them,
    ):
        while compared.requests < requests:
            place = f"differential/{seed}/"
            compared.round(Side(us, f"acme/{place}"), Side(them, place), seed)
            seed += 1
    return compared


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with Portal() as portal:
        compared = compare(portal, requests=asked.requests, seed=asked.seed)
    for why, count in compared.reasons.most_common():
        print(f"{count} times: {why}")
    print("\n".join(compared.differences[:50]))
    print(f"differential: {compared.requests} requests, {len(compared.differences)} differences")
    return int(bool(compared.differences))


if __name__ == "__main__":
    sys.exit(main())
