"""One cluster and one registry for all tests of a run that need them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.conformance.server import Portal
from tests.servers.kubernetes.cluster import Cluster, missing


@dataclass(frozen=True)
class Node:
    """A running cluster whose node pulls from a running portal, by its hosts' names."""

    cluster: Cluster
    portal: Portal


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    if reason := missing():
        pytest.skip(reason)
    with Portal() as portal, Cluster(**portal.by_host) as cluster:
        for host in (portal.host, *(portal.host_of(tenant) for tenant in ("acme", "beta"))):
            cluster.trust_plain(host)
        yield Node(cluster, portal)
