"""The objects of one test on a cluster: pods as tight as the image must live with, a policy, a pull secret.

All carry the labels of their run, by which they are found and removed, and the time by which they may be
removed by anyone. Kubernetes API v1; pods satisfy the "restricted" Pod Security Standard. Not in charge of
creating them.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builds.engine.sandbox.kubernetes.supply import Supply
from builds.engine.sandbox.values import TestSpec

MANAGED = "app.kubernetes.io/managed-by=image-tests"
RUN = "app.kubernetes.io/instance"
#: When a run is over at the latest, in Unix time: what is older belongs to a worker that died.
ENDS = "image-tests/ends-at"
SERVER = "server"


def selector(run: str) -> str:
    """Finds everything of a run."""
    return f"{MANAGED},{RUN}={run}"


@dataclass(frozen=True, slots=True)
class Run:
    """One image's test on a cluster: the name all its objects begin with, and what they share."""

    name: str
    ends_at: int
    reference: str
    architecture: str
    spec: TestSpec
    writable: tuple[str, ...]

    def policy(self) -> dict[str, Any]:
        """No way in and no way out. Whether it is kept is up to the cluster's network."""
        rules = {"podSelector": {"matchLabels": self._labels}, "policyTypes": ["Ingress", "Egress"]}
        return self._object("networking.k8s.io/v1", "NetworkPolicy", self.name, spec=rules)

    def secret(self, supply: Supply) -> dict[str, Any]:
        """What ``docker login`` writes, for the nodes."""
        pair = base64.b64encode(f"{supply.username}:{supply.password}".encode()).decode()
        said = json.dumps({"auths": {supply.host: {"auth": pair}}})
        return self._object(
            "v1",
            "Secret",
            self.name,
            type="kubernetes.io/dockerconfigjson",
            stringData={".dockerconfigjson": said},
        )

    def commands_pod(
        self, name: str, commands: Mapping[str, Sequence[str]], seconds: float
    ) -> dict[str, Any]:
        """A container for each program, by container name."""
        containers = [self._container(each, args) for each, args in commands.items()]
        return self._pod(name, containers, seconds=seconds, grace=1)

    def server_pod(self, name: str, seconds: float) -> dict[str, Any]:
        """The image as it is configured, after what prepares its volumes."""
        server = self._container(SERVER)
        if self.spec.probes:
            port = self.spec.probes[0].port
            server["readinessProbe"] = {
                "tcpSocket": {"port": port},
                "periodSeconds": 1,
                "failureThreshold": 1,
            }
        first = [self._container(f"prepare-{at}", args) for at, args in enumerate(self.spec.prepare)]
        grace = math.ceil(self.spec.stops_within)
        return self._pod(name, [server], first=first, seconds=seconds, grace=grace)

    @property
    def _labels(self) -> dict[str, str]:
        key, _, value = MANAGED.partition("=")
        return {key: value, RUN: self.name}

    def _object(self, version: str, kind: str, name: str, **fields: Any) -> dict[str, Any]:
        metadata = {"name": name, "labels": self._labels, "annotations": {ENDS: str(self.ends_at)}}
        return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}

    def _pod(
        self, name: str, containers: Sequence[Mapping[str, Any]], *, seconds: float, grace: int,
        first: Sequence[Mapping[str, Any]] = (),
    ) -> dict[str, Any]:  # fmt: skip
        spec = {
            "restartPolicy": "Never", "automountServiceAccountToken": False, "enableServiceLinks": False,
            "activeDeadlineSeconds": math.ceil(seconds), "terminationGracePeriodSeconds": grace,
            "imagePullSecrets": [{"name": self.name}],
            "nodeSelector": {"kubernetes.io/os": "linux", "kubernetes.io/arch": self.architecture},
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "initContainers": list(first), "containers": list(containers),
            "volumes": [{"name": each, "emptyDir": {"sizeLimit": "1Gi"}} for each in self._volumes],
        }  # fmt: skip
        return self._object("v1", "Pod", name, spec=spec)

    @property
    def _volumes(self) -> dict[str, str]:
        return {f"writable-{at}": path for at, path in enumerate(self.writable)}

    def _container(self, name: str, args: Sequence[str] = ()) -> dict[str, Any]:
        mounts = [{"name": each, "mountPath": path} for each, path in self._volumes.items()]
        memory = {"memory": str(self.spec.memory)}
        container: dict[str, Any] = {
            "name": name, "image": self.reference,
            "env": [{"name": key, "value": _literal(value)} for key, value in sorted(self.spec.env.items())],
            "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "2", **memory}},
            "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                "capabilities": {"drop": ["ALL"]}},
            "volumeMounts": mounts,
        }  # fmt: skip
        if args:
            # `command` in place of the entrypoint, and so the arguments that belong to it are dropped as well.
            container["command"] = [_literal(word) for word in args]
        return container


def _literal(word: str) -> str:
    """Keep Kubernetes from reading ``$(NAME)`` as a variable, and ``$$`` as one dollar."""
    return word.replace("$", "$$")
