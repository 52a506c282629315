"""The second runner: the same test spec, put on a Kubernetes cluster that a kubeconfig opens."""

from builds.engine.sandbox.kubernetes.cluster import Cluster, ClusterRefusedError, NoClusterError
from builds.engine.sandbox.kubernetes.runner import KubernetesRunner
from builds.engine.sandbox.kubernetes.supply import Supply

__all__ = ["Cluster", "ClusterRefusedError", "KubernetesRunner", "NoClusterError", "Supply"]
