"""containerd with its own client `ctr`: what Kubernetes' nodes pull with."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.clients.cells import Program, cell
from tests.clients.shop import Client, Shop, needed

CTR = Program("containerd's ctr", "ctr", "containerd")
PATIENCE = 30


@contextmanager
def containerd(client: Client) -> Iterator[tuple[str, ...]]:
    """A daemon of this client's own; gives how `ctr` begins."""
    place = client.home / "containerd"
    place.mkdir()
    socket = place / "s"
    (place / "config.toml").write_text(
        f'version = 2\nroot = "{place}/root"\nstate = "{place}/state"\n'
        'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.devmapper"]\n'
        f'[grpc]\naddress = "{socket}"\n'
    )
    with (place / "log").open("wb") as log:
        words = [needed("containerd"), "--config", str(place / "config.toml")]
        process = subprocess.Popen(words, stdout=log, stderr=log, env=client.environment)
    try:
        _await(client, str(socket))
        yield ("ctr", "--address", str(socket), "--namespace", "assay")
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _await(client: Client, socket: str) -> None:
    end = time.monotonic() + PATIENCE
    while client.run("ctr", "--address", socket, "version").returncode:
        assert time.monotonic() < end, (client.home / "containerd" / "log").read_text()[-3000:]
        time.sleep(0.1)


@cell(CTR, operation="pull by path and host, run")
def _pull(client: Client, shop: Shop) -> None:
    user = f"anyone:{shop.secret('pull')}"
    with containerd(client) as ctr:
        for acme in (shop.acme, shop.acme_host):
            words = ("images", "pull", "--plain-http", "--user", user, "--snapshotter", "native")
            client(*ctr, *words, f"{acme}/adder:1")
        assert shop.found["adder"] in client(*ctr, "images", "ls")
        place = client.home / "files"
        place.mkdir()
        client(*ctr, "images", "mount", "--snapshotter", "native", f"{shop.acme}/adder:1", place)
        try:
            assert client(place / "adder", "1000") == "the sum is 500500\n"
        finally:
            client(*ctr, "images", "unmount", place)


@cell(CTR, operation="push, pull back")
def _push(client: Client, shop: Shop) -> None:
    user = f"anyone:{shop.secret('acme')}"
    own = f"{shop.acme}/containerd/own:1"
    with containerd(client) as ctr:
        pull = ("images", "pull", "--plain-http", "--user", user, "--snapshotter", "native")
        client(*ctr, *pull, f"{shop.acme}/adder:1")
        client(*ctr, "images", "tag", f"{shop.acme}/adder:1", own)
        client(*ctr, "images", "push", "--plain-http", "--user", user, own)
        client(*ctr, "images", "rm", own)
        client(*ctr, *pull, own)
        assert shop.found["adder"] in client(*ctr, "images", "ls", f"name=={own}")
