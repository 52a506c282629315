"""What the cluster's tests need of the portal. Runs in a process of that portal: see `Portal.call`."""

from __future__ import annotations

import uuid

from registry.staging import open_staging


def staging() -> dict[str, str]:
    """A build's staging, without the build."""
    repository, key = open_staging(build_id=uuid.uuid4(), mounts_from=None)
    return {"name": repository.name, "key": key}
