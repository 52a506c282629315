"""Bring what a base image has into the engine's store: its documents always, its layers when they are run.

The documents come with the order and are checked against the digests in it.
"""

from __future__ import annotations

import json
from typing import Any

from builds.engine.store import Store
from builds.worker.errors import BaseDamaged
from builds.worker.order import Order
from builds.worker.registry import Staging


def keep_documents(order: Order, store: Store) -> None:
    """Put manifests and configs of the base where the engine looks. Raises BaseDamaged."""
    if order.spec.base is None:
        return
    for architecture, digest in order.spec.base.manifests.items():
        given = order.base.get(architecture)
        if given is None or store.put_blob(given["manifest"].encode()) != digest:
            raise BaseDamaged(f"The base's manifest {digest} was not given as its digest says.")
        config = json.loads(given["manifest"])["config"]["digest"]
        if store.put_blob(given["config"].encode()) != config:
            raise BaseDamaged(f"The base's config {config} was not given as its digest says.")


def fetch_layers(order: Order, architecture: str, store: Store, staging: Staging) -> int:
    """Have every layer of the base in the store; give how many had to be fetched.

    Raises BaseDamaged, PushRefused.
    """
    given = order.base.get(architecture)
    if given is None:
        return 0
    layers: list[dict[str, Any]] = json.loads(given["manifest"])["layers"]
    missing = [layer for layer in layers if not store.has_blob(layer["digest"], layer["size"])]
    for layer in missing:
        if not staging.mount(layer["digest"]):
            raise BaseDamaged(f"The base's layer {layer['digest']} is not in its repository.")
        staging.fetch_blob(digest=layer["digest"], store=store)
    return len(missing)
