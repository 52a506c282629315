"""What a worker is told about a build: spec, lock, where to push, and what its lease lasts."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from builds import lease
from builds.models import Build
from registry import contents
from registry.models import Blob, Manifest


def order_document(build: Build) -> dict[str, Any]:
    """The order as JSON values. The key is not in it: the worker has it already."""
    mountable = lease.mountable(build)
    return {
        "build": str(build.id),
        "attempt": build.attempt,
        "spec": build.spec,
        "lock": build.lock,
        "staging": f"staging/{build.id}",
        "mounts_from": mountable.name if mountable else None,
        "base": base_documents(build),
        "tests": build.tests,
        "is_customised": build.revision is not None,
        "lease_seconds": lease.lease_time().total_seconds(),
        "publish_untested": bool(settings.PUBLISH_UNTESTED),
    }


def base_documents(build: Build) -> dict[str, dict[str, str]]:
    """Manifest and config of the base, by architecture, as text: exactly the bytes that are stored."""
    repository = lease.mountable(build)
    manifests = (build.spec.get("base") or {}).get("manifests") or {}
    found = {}
    for architecture, digest in manifests.items():
        manifest = Manifest.objects.filter(digest=digest, repository_links__repository=repository).first()
        if manifest is None:
            continue  # the worker says which is missing
        content = bytes(manifest.content)
        config = Blob.objects.filter(
            digest=json.loads(content)["config"]["digest"], repository_links__repository=repository
        ).first()
        text = contents.read(config) if config else b""
        found[architecture] = {"manifest": content.decode(), "config": text.decode()}
    return found
