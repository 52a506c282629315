"""A real Kubernetes of one node, as processes on this machine."""

from tests.servers.kubernetes.cluster import Cluster, NotHere, missing

__all__ = ["Cluster", "NotHere", "missing"]
