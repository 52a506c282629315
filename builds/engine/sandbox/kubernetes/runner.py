"""Runs an image's tests on a Kubernetes cluster: where, and as tightly as, customers run it.

The static checks are made here; programs and the server run in pods that pull the image from the registry.
What is left of a run is removed, whatever happened, and what a worker that died has left is removed by the
next run. Not in charge of what pods look like (``objects``) nor of single steps (``steps``).
"""

from __future__ import annotations

import json
import math
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from builds.engine.built import PlatformImage
from builds.engine.durable import disk_full_named
from builds.engine.sandbox.kubernetes.cluster import Cluster, ClusterRefusedError
from builds.engine.sandbox.kubernetes.objects import ENDS, MANAGED, Run, selector
from builds.engine.sandbox.kubernetes.steps import NoNodeError, Steps
from builds.engine.sandbox.kubernetes.supply import Supply
from builds.engine.sandbox.place import roomy_place
from builds.engine.sandbox.rootfs import read_layers
from builds.engine.sandbox.static import static_checks
from builds.engine.sandbox.values import TestReport, TestSpec
from builds.engine.sandbox.writable import writable_places
from builds.engine.store import Store

NAME = "kubernetes"
#: Seconds that pulling and starting may take, beside what the test spec allows.
SLACK = 300.0
NETWORK_NOTE = "The pods were kept off the network by a network policy; whether it is kept is up to the cluster's network."


@dataclass(frozen=True, slots=True)
class KubernetesRunner:
    """Runs tests in one namespace of a cluster.

    :param node_patience: seconds that a pod may wait for a node, as for one that is being added
    """

    cluster: Cluster
    supply: Supply
    node_patience: float = 60.0

    def run(self, *, store: Store, image: PlatformImage, spec: TestSpec) -> TestReport:
        """Test one platform's image; see ``TestRunner``.

        :raises ClusterRefusedError: when the cluster does not answer or does not allow what a test needs
        """
        config = json.loads(store.read_blob(image.config.digest))["config"]
        layers = [store.blob_path(layer.descriptor.digest) for layer in image.layers]
        with (
            tempfile.TemporaryDirectory(prefix="assay-test-", dir=roomy_place(image.size)) as name,
            disk_full_named(Path(name)),
        ):
            merged = read_layers(layers, Path(name))
        checks = list(static_checks(spec, config, merged))
        self.supply.deliver(image)
        run = Run(
            name=f"image-test-{secrets.token_hex(5)}",
            ends_at=int(time.time() + math.ceil(_longest(spec))),
            reference=self.supply.reference(image),
            architecture=image.architecture,
            spec=spec,
            writable=tuple(path for path, _ in writable_places(config, merged)),
        )
        notes = [NETWORK_NOTE]
        try:
            with self._placed(run, notes):
                steps = Steps(self.cluster, run, notes, self.node_patience)
                signal = str(config.get("StopSignal") or "SIGTERM")
                checks += [*steps.commands(), *steps.server(signal)]
        except NoNodeError:
            notes = [f"The cluster has no node for {image.architecture}; only static checks were made."]
            return TestReport(
                NAME, image.architecture, was_run=False, checks=tuple(checks), notes=tuple(notes)
            )
        return TestReport(NAME, image.architecture, was_run=True, checks=tuple(checks), notes=tuple(notes))

    @contextmanager
    def _placed(self, run: Run, notes: list[str]) -> Iterator[None]:
        """Have policy and pull secret in place, and everything of the run removed at the end."""
        try:
            with suppress(ClusterRefusedError):  # what others left is no reason not to test
                self._sweep()
            self.cluster.create(run.policy())
            self.cluster.create(run.secret(self.supply))
            yield
        finally:
            try:
                self._remove(run.name)
            except ClusterRefusedError as error:
                notes.append(f"{error} Remove what is labelled {selector(run.name)}.")
            self.cluster.close()

    def _remove(self, name: str) -> None:
        """The policy is there from the first to the last, so that what is left can be found by it."""
        for pod in self.cluster.names("Pod", selector(name)):
            self.cluster.delete("Pod", pod["name"])
        self.cluster.delete("Secret", name)
        self.cluster.delete("NetworkPolicy", name)

    def _sweep(self) -> None:
        """Remove what earlier runs left: their workers died, and their time is over."""
        for policy in self.cluster.names("NetworkPolicy", MANAGED):
            ends = str((policy.get("annotations") or {}).get(ENDS, ""))
            if ends.isdigit() and int(ends) < time.time():
                self._remove(policy["name"])


def _longest(spec: TestSpec) -> float:
    """Seconds after which a run is over, whatever happens."""
    commands = sum(command.seconds for command in spec.commands) + 60 * len(spec.prepare)
    return commands + spec.within + spec.stops_within + SLACK
