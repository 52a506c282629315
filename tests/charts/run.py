"""`make charts`: every chart of ours, installed by helm on a real one-node Kubernetes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.charts.install import ChartFailed, Installer, charts
from tests.conformance.server import Portal
from tests.servers.kubernetes import Cluster
from tests.servers.kubernetes.fixture import Node


def main(wanted: list[str]) -> int:
    names = wanted or charts()
    with (
        tempfile.TemporaryDirectory(prefix="assay-charts-") as home,
        Portal() as portal,
        Cluster(**portal.by_host) as cluster,
    ):
        cluster.trust_plain(portal.host_of("acme"))
        installer = Installer(Node(cluster, portal), Path(home))
        installer.stock(names)
        failed = sum(not _installs(installer, name) for name in names)
    print(f"charts: {len(names) - failed} installed, {failed} failed")
    return 1 if failed else 0


def _installs(installer: Installer, name: str) -> bool:
    """Try one chart and say what came of it."""
    began = time.monotonic()
    try:
        installer.whole_way(name)
    except (ChartFailed, subprocess.TimeoutExpired) as error:
        print(f"FAIL  {name}: {error}", flush=True)
        return False
    print(
        f"ok    {name} {installer.old[name]['version']} to {installer.new[name]['version']} ({time.monotonic() - began:.1f} s)",
        flush=True,
    )
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
