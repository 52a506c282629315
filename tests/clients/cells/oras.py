"""oras, the program and the Python library."""

from __future__ import annotations

import json
import sys

from tests.clients.cells import Program, cell
from tests.clients.shop import Client, Shop

ORAS = Program("oras", "oras")
PYTHON = Program("oras for Python", "python")
PLAIN = "--plain-http"
#: What a program with the library does; run apart, since the library reads its environment once. It pushes with
#: its `basic` backend: the other one asks for a token to pull with, and then pushes with that.
LIBRARY = """
import os, sys
import oras.client
secret, host, adder, own = sys.argv[1:5]
backend = "basic" if own else "token"
client = oras.client.OrasClient(hostname=host, insecure=len(sys.argv) == 5, auth_backend=backend)
client.login(username="anyone", password=secret, hostname=host, config_path=os.path.abspath("auth.json"))
if own:
    client.push(own, files=["note.txt:text/plain"], do_chunked=True, chunk_size=3)
    client.push(own, files=["note.txt:text/plain"])
    print(client.get_tags(own))
    client.pull(own, outdir="back")
else:
    print(client.get_manifest(adder)["schemaVersion"])
"""


@cell(ORAS, operation="discover and pull what refers to an image")
def _discover(client: Client, shop: Shop) -> None:
    client.sign_in("pull")
    for acme in (shop.acme, shop.acme_host):
        adder = f"{acme}/adder@{shop.found['adder']}"
        found = json.loads(client("oras", "discover", PLAIN, "--format", "json", adder))
        listed = found.get("referrers") or found["manifests"]
        assert shop.found["note"] in {one["digest"] for one in listed}
    client("oras", "pull", PLAIN, f"{shop.acme}/adder@{shop.found['note']}")


@cell(ORAS, operation="push, attach, resolve, pull")
def _push(client: Client, shop: Shop) -> None:
    client.sign_in("acme")
    (client.home / "note.txt").write_text("checked")
    own = f"{shop.acme}/oras/noted"
    client("oras", "push", PLAIN, f"{own}:1", "note.txt:text/plain")
    client("oras", "attach", PLAIN, "--artifact-type", "example/check", f"{own}:1", "note.txt")
    assert "example/check" in client("oras", "discover", PLAIN, f"{own}:1")
    assert client("oras", "resolve", PLAIN, f"{own}:1").startswith("sha256:")
    client("oras", "pull", PLAIN, "--output", "back", f"{own}:1")
    assert (client.home / "back" / "note.txt").read_text() == "checked"


@cell(ORAS, operation="copy an image with its referrers")
def _copy(client: Client, shop: Shop) -> None:
    client.sign_in("acme")
    own = f"{shop.acme}/oras/copied"
    client("oras", "cp", "-r", "--from-plain-http", "--to-plain-http", f"{shop.acme}/adder:1", f"{own}:1")
    found = json.loads(client("oras", "discover", PLAIN, "--format", "json", f"{own}:1"))
    listed = found.get("referrers") or found["manifests"]
    assert shop.found["note"] in {one["digest"] for one in listed}


@cell(ORAS, operation="list tags and repositories, fetch a blob, delete")
def _lists(client: Client, shop: Shop) -> None:
    client.sign_in("acme")
    (client.home / "note.txt").write_text("listed")
    own = f"{shop.acme}/oras/listed"
    client("oras", "push", PLAIN, f"{own}:1,2,3", "note.txt:text/plain")
    assert client("oras", "repo", "tags", PLAIN, own).split() == ["1", "2", "3"]
    assert "acme/oras/listed" in client("oras", "repo", "ls", PLAIN, shop.portal.host)
    manifest = json.loads(client("oras", "manifest", "fetch", PLAIN, f"{own}:1"))
    layer = manifest["layers"][0]["digest"]
    assert client("oras", "blob", "fetch", PLAIN, "--output", "-", f"{own}@{layer}") == "listed"
    client("oras", "manifest", "delete", PLAIN, "--force", f"{own}:1")
    assert "not found" in client.refused("oras", "manifest", "fetch", PLAIN, f"{own}:1")


@cell(ORAS, operation="push and pull through TLS on a custom host", is_secure=True)
def _secure(client: Client, shop: Shop) -> None:
    client.sign_in("acme")
    (client.home / "note.txt").write_text("sealed")
    own = f"{shop.acme_host}/oras/sealed:1"
    client("oras", "push", own, "note.txt:text/plain")
    client("oras", "pull", "--output", "back", own)
    assert (client.home / "back" / "note.txt").read_text() == "sealed"
    assert "1" in client("oras", "repo", "tags", f"{shop.acme_host}/adder")


def library(client: Client, *words: str) -> str:
    return client(sys.executable, "-W", "ignore", "-c", LIBRARY, *words)


@cell(PYTHON, operation="log in, push in chunks, list tags, pull")
def _python(client: Client, shop: Shop) -> None:
    (client.home / "note.txt").write_text("written by a library")
    own = f"{shop.acme}/oras/python:1"
    said = library(client, shop.secret("acme"), shop.portal.host, "", own)
    assert "1" in said
    assert (client.home / "back" / "note.txt").read_text() == "written by a library"


@cell(PYTHON, operation="read a granted image's manifest")
def _python_pull(client: Client, shop: Shop) -> None:
    found = library(client, shop.secret("pull"), shop.portal.host, f"{shop.acme}/adder:1", "")
    assert found.split()[-1] == "2"


@cell(PYTHON, operation="push and pull through TLS on a custom host", is_secure=True)
def _python_secure(client: Client, shop: Shop) -> None:
    (client.home / "note.txt").write_text("sealed by a library")
    library(client, shop.secret("acme"), shop.acme_host, "", f"{shop.acme_host}/oras/python:1", "secure")
    assert (client.home / "back" / "note.txt").read_text() == "sealed by a library"
