"""Clients that push, mount, move tags, delete and pull while collection runs again and again without grace.

What a client has tagged, and nobody has deleted, must be pullable at every moment, byte for byte; the quota of
the tenant must never be exceeded; in the end nothing may be lost or left behind.
"""

from __future__ import annotations

import http.client
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.server import ROOT, Portal
from tests.registry.wire import image, sha256

KIND = "application/vnd.oci.image.manifest.v1+json"
CLIENTS = 4
#: Few, so that clients meet at the same bytes all the time.
SHARED = [bytes([number]) * (10_000 + number) for number in range(3)]
#: Room for less than half of the layers that are there.
QUOTA = 70_000


@dataclass
class Raced:
    requests: int = 0
    tagged: int = 0
    pulled: int = 0
    refused: int = 0
    runs: int = 0
    collected: int = 0
    found: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.requests} requests, {self.tagged} tags moved, {self.pulled} pulls, {self.refused} beyond the "
            f"quota, {self.collected} blobs collected by {self.runs} runs meanwhile, {len(self.found)} findings"
        )


class Client(threading.Thread):
    """One client with a repository of its own, `app<number>`; it knows what it tagged."""

    def __init__(self, portal: Portal, number: int, until: float, raced: Raced) -> None:
        super().__init__()
        self.portal, self.name_, self.until, self.raced = portal, f"app{number}", until, raced
        self.random = random.Random(number)
        self.tags: dict[str, bytes] = {}
        own = [bytes([10 + number, each]) * (5_000 + each) for each in range(4)]
        self.layers = [*SHARED, *own]

    def run(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.portal.port, timeout=60)
        while time.monotonic() < self.until and not self.raced.found:
            try:
                self.random.choice([self.push, self.push, self.pull, self.delete, self.drop])()
            except Exception as error:
                self.raced.found.append(f"{self.name_}: {error!r}")
        self.connection.close()

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        sent = {"Host": self.portal.host_of("acme"), "Authorization": self.portal.basic("acme"), **headers}
        self.connection.request(method, f"/v2/{self.name_}/{path}", body, sent)
        answer = self.connection.getresponse()
        self.raced.requests += 1
        content = answer.read()
        if answer.status >= 500:
            self.raced.found.append(f"{method} {path}: {answer.status} {content[:200]!r}")
        return answer.status, content

    def push(self) -> None:
        """As clients do: ask, or mount, or send. What went away before the manifest came is sent again."""
        layer = self.random.choice(self.layers)
        tag = self.random.choice(["1", "2"])
        for _ in range(20):
            if not all(self.blob(one) for one in (b"{}", layer)):
                self.raced.refused += 1
                return
            self.tags.pop(tag, None)
            status, content = self.ask("PUT", f"manifests/{tag}", image(layer), **{"Content-Type": KIND})
            if status == 201:
                self.tags[tag] = layer
                self.raced.tagged += 1
                return
            assert status == 404, content
        raise AssertionError("a push never came to its end")

    def blob(self, content: bytes) -> bool:
        """Whether it is there now; not if the quota says no."""
        digest = sha256(content)
        way = self.random.choice(["ask", "mount", "send"])
        if way == "ask" and self.ask("HEAD", f"blobs/{digest}")[0] == 200:
            return True
        if way == "mount":
            source = f"app{self.random.randrange(CLIENTS)}"
            if self.ask("POST", f"blobs/uploads/?mount={digest}&from={source}")[0] == 201:
                return True
        status, said = self.ask("POST", f"blobs/uploads/?digest={digest}", content)
        assert status == 201 or b"quota" in said, said
        return status == 201

    def pull(self) -> None:
        for tag, layer in self.tags.items():
            status, content = self.ask("GET", f"manifests/{sha256(image(layer))}")
            assert (status, content) == (200, image(layer)), f"tag {tag}: {status}"
            status, content = self.ask("GET", f"blobs/{sha256(layer)}")
            assert (status, content) == (200, layer), f"tag {tag}, blob {sha256(layer)}: {status}"
            self.raced.pulled += 1

    def delete(self) -> None:
        """A manifest with all its tags."""
        if self.tags:
            layer = self.random.choice(list(self.tags.values()))
            self.tags = {tag: other for tag, other in self.tags.items() if other != layer}
            self.ask("DELETE", f"manifests/{sha256(image(layer))}")

    def drop(self) -> None:
        """A blob that no tag of this repository needs."""
        layer = self.random.choice(self.layers)
        if layer not in self.tags.values():
            self.ask("DELETE", f"manifests/{sha256(image(layer))}")
            self.ask("DELETE", f"blobs/{sha256(layer)}")


def race(database: str, *, seconds: float) -> Raced:
    raced = Raced()
    with Portal(database, workers=2) as portal:
        portal.call("tests.crash.race:prepare")
        collector = subprocess.Popen(
            [sys.executable, "manage.py", "shell", "-v0", "-c", "from tests.crash.race import collecting as run; run()"],
            cwd=ROOT, env=portal.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        collector.stdout.readline()  # it has begun
        until = time.monotonic() + seconds
        clients = [Client(portal, number, until, raced) for number in range(CLIENTS)]
        for one in clients:
            one.start()
        for one in clients:
            one.join()
        said, _ = collector.communicate()  # its input ends, and so does it
        if collector.returncode:
            raced.found.append("collection failed")
        else:
            raced.runs, raced.collected, most = map(int, said.split())
            if most > QUOTA:
                raced.found.append(f"{most} bytes were stored within a quota of {QUOTA}")
        for one in clients:
            one.connection.connect()
            one.pull()
            one.connection.close()
        raced.found += portal.call("tests.crash.race:look")
        if "Fault while answering" in portal.log:
            raced.found.append(portal.log[-3000:])
    return raced


def prepare() -> None:
    from registry import quota
    from tenants.models import Tenant

    quota.limit(tenant=Tenant.objects.get(slug="acme"), most_bytes=QUOTA)


def collecting() -> None:
    """Until the input ends, as if no pin and no retention protected anything; and how much acme stores at most."""
    import select

    from registry import collect, quota
    from registry.models import Repository, RepositoryBlob
    from tenants.models import Tenant

    acme, runs, blobs, most = Tenant.objects.get(slug="acme"), 0, 0, 0
    print("begun", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        Repository.objects.update(retention_days=0)
        RepositoryBlob.objects.update(pinned_until=None)
        blobs += collect.collect(grace=collect.timedelta(0)).blobs
        runs += 1
        most = max(most, quota.stored_by(acme))
    print(runs, blobs, most)


def look() -> list[str]:
    """What fsck finds, and what is left after days of collection."""
    from datetime import timedelta

    import time_machine
    from django.utils import timezone

    from registry import collect, fsck, storage
    from registry.models import Blob, Repository, RepositoryBlob

    Repository.objects.update(retention_days=0)
    RepositoryBlob.objects.update(pinned_until=None)
    found: list[Any] = []
    for days in (2, 4, 6, 8):
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=True):
            collect.collect()
            found += [str(one) for one in fsck.check()]
    needed = set(Blob.objects.filter(manifest_links__manifest__tags__isnull=False))
    keys = set(storage.current().keys_older_than(timedelta(seconds=-10)))
    if keys != {blob.storage_key for blob in needed} or set(Blob.objects.all()) != needed:
        found.append(f"{len(keys)} keys, {Blob.objects.count()} blobs, {len(needed)} needed")
    return found


if __name__ == "__main__":
    raced = race(sys.argv[1] if len(sys.argv) > 1 else "", seconds=10)
    print(*raced.found, raced, sep="\n")
