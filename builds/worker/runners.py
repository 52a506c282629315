"""Which runner tests images: runc on this machine, or a cluster, as the worker's settings say.

Not in charge of what is tested nor of what a failure means (`builds.worker.trial`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from django.conf import settings

from builds.engine.built import PlatformImage
from builds.engine.sandbox import RuncRunner, TestRunner
from builds.engine.sandbox.kubernetes import Cluster, KubernetesRunner, Supply
from builds.engine.store import Store
from builds.worker.push import push_platform
from builds.worker.registry import Staging


def chosen(*, store: Store, staging: Staging, say: Callable[[str], None]) -> TestRunner:
    """The runner of this worker. Raises NoClusterError.

    A cluster pulls what it tests, so each image is pushed into the build's staging first: no tag is there,
    and the key that the cluster gets can do nothing but pull it.
    """
    if settings.TEST_RUNNER != "kubernetes":
        return RuncRunner()

    def deliver(platform: PlatformImage) -> None:
        push_platform(platform, store=store, staging=staging, say=say, done=Counter())

    supply = Supply(
        repository=f"{settings.CLUSTER_REGISTRY}/{staging.name}", password=staging.pull_key, deliver=deliver
    )
    return KubernetesRunner(Cluster.of(settings.KUBECONFIG, namespace=settings.CLUSTER_NAMESPACE), supply)
