"""podman and buildah, with plain files as storage: a test machine may have no overlay file system."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from tests.clients.cells import Program, cell
from tests.clients.shop import Client, Shop

PODMAN = Program("podman", "podman", "podman")
BUILDAH = Program("buildah", "buildah", "buildah")
PLAIN = "--tls-verify=false"


@contextmanager
def own_storage(client: Client, program: str) -> Iterator[tuple[str, ...]]:
    """The program with storage of this client's own, and a policy that takes what a registry gives."""
    (client.home / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    # Sockets lie below the second folder, so its name must be short.
    with tempfile.TemporaryDirectory(prefix="assay-", dir="/tmp", ignore_cleanup_errors=True) as short:
        places = ("--root", f"{client.home}/root", "--runroot", short, "--storage-driver", "vfs")
        more = ("--cgroup-manager=cgroupfs", "--events-backend=file") if program == "podman" else ()
        yield (program, *places, *more)


def policy_of(client: Client) -> tuple[str, str]:
    return ("--signature-policy", f"{client.home}/policy.json")


@cell(PODMAN, operation="log in, pull, run")
def _run(client: Client, shop: Shop) -> None:
    with own_storage(client, "podman") as podman:
        client(*podman, "login", PLAIN, "-u", "anyone", "-p", shop.secret("pull"), shop.portal.host)
        client(*podman, "pull", PLAIN, *policy_of(client), f"{shop.acme}/adder:1")
        limits = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=256:256")
        said = client(*podman, "run", "--rm", "--network=none", *limits, f"{shop.acme}/adder:1", "1000")
        assert said == "the sum is 500500\n"


@cell(PODMAN, operation="push, pull by host")
def _push(client: Client, shop: Shop) -> None:
    client.sign_in("acme")
    with own_storage(client, "podman") as podman:
        policy = policy_of(client)
        client(*podman, "pull", PLAIN, *policy, f"{shop.acme}/adder:1")
        own = f"{shop.acme_host}/podman/own:1"
        client(*podman, "tag", f"{shop.acme}/adder:1", own)
        client(*podman, "push", PLAIN, *policy, own)
        client(*podman, "rmi", "--all", "--force")
        client(*podman, "pull", PLAIN, *policy, own)


@cell(BUILDAH, operation="build from a granted image, push")
def _build(client: Client, shop: Shop) -> None:
    client.sign_in("acme")
    (client.home / "note.txt").write_text("added")
    own = f"{shop.acme}/buildah/own:1"
    with own_storage(client, "buildah") as buildah:
        policy = policy_of(client)
        made = client(*buildah, "from", PLAIN, *policy, f"{shop.acme}/adder:1").strip()
        client(*buildah, "copy", made, "note.txt", "/note.txt")
        client(*buildah, "config", "--label", "made=here", made)
        client(*buildah, "commit", *policy, made, own)
        client(*buildah, "push", PLAIN, *policy, own)
    config = json.loads(client("skopeo", "inspect", PLAIN, "--config", f"docker://{own}"))
    assert config["config"]["Labels"]["made"] == "here"


@cell(BUILDAH, operation="push a list of platforms")
def _manifest(client: Client, shop: Shop) -> None:
    client.sign_in("acme")
    own = f"docker://{shop.acme}/buildah/several:1"
    with own_storage(client, "buildah") as buildah:
        client(*buildah, "manifest", "create", "several")
        client(*buildah, "manifest", "add", PLAIN, "several", f"docker://{shop.acme}/adder:1")
        client(*buildah, "manifest", "push", PLAIN, "--all", "several", own)
    assert "manifests" in json.loads(client("skopeo", "inspect", PLAIN, "--raw", own))
