"""One chart's whole way: installed over OCI, asked, upgraded from the classic repository, uninstalled."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from builds.engine.sandbox.kubernetes import Cluster
from builds.engine.sandbox.kubernetes.inside import ask
from builds.engine.sandbox.values import Probe
from builds.engine.spec import Spec
from builds.engine.store import Store
from catalog.charts.package import SHARED, SOURCES
from tests.builds.engine.real import built, definition
from tests.charts import IMAGES, STORE
from tests.charts.speaking import PASSWORD, SECRET, SPOKEN
from tests.conformance.server import CLIENTS
from tests.servers.kubernetes.fixture import Node

NAMESPACE = "charts"
KINDS = "deployments,statefulsets,replicasets,pods,services,configmaps"


class ChartFailed(Exception):
    """A chart did not do what it must; the message says what was seen."""


def charts() -> list[str]:
    return sorted(path.name for path in SOURCES.iterdir() if path.is_dir() and path.name != SHARED)


@dataclass
class Installer:
    """Helm as a customer has it: a home of its own, a token for pulling, a kubeconfig."""

    node: Node
    home: Path
    helm: str = "helm4"

    def stock(self, names: list[str]) -> None:
        """Build the images of these charts, publish them, and let the cluster and helm pull from acme's host."""
        store = Store(self.home / "store")
        images = {name: built(Spec.from_json(definition(name)["spec"]), store).index.digest for name in names}
        self.node.portal.environment |= {
            IMAGES: json.dumps(images),
            STORE: str(self.home / "store"),
        }
        said = self.node.portal.call("tests.charts.stock:publish")
        self.versions: dict[str, str] = said["charts"]
        self.host = self.node.portal.host_of("acme")
        pair = base64.b64encode(f"token:{said['token']}".encode()).decode()
        docker = self.home / ".docker" / "config.json"
        docker.parent.mkdir()
        docker.write_text(json.dumps({"auths": {self.host: {"auth": pair}}}))
        self.node.cluster.kubectl("create", "namespace", NAMESPACE)
        self.node.cluster.kubectl(
            "--namespace", NAMESPACE, "create", "secret", "docker-registry", "pull",
            f"--docker-server={self.host}", "--docker-username=token", f"--docker-password={said['token']}",
        )  # fmt: skip
        self.node.cluster.kubectl(
            "--namespace",
            NAMESPACE,
            "create",
            "secret",
            "generic",
            SECRET,
            f"--from-literal=password={PASSWORD}",
        )
        self(
            "repo",
            "add",
            "acme",
            f"http://{self.host}/charts",
            "--username",
            "token",
            "--password",
            said["token"],
        )

    def __call__(self, *words: str) -> str:
        done = subprocess.run(
            [CLIENTS / self.helm, *words], capture_output=True, text=True, timeout=180, check=False, cwd=self.home,
            env={"HOME": str(self.home), "PATH": os.environ["PATH"], "TMPDIR": str(self.home),
                 "DOCKER_CONFIG": str(self.home / ".docker"), "KUBECONFIG": str(self.node.cluster.kubeconfig),
                 **self.node.portal.by_host},
        )  # fmt: skip
        if done.returncode:
            raise ChartFailed(f"helm {' '.join(words)}\n{done.stdout}{done.stderr}\n{self._state()}")
        return done.stdout

    def whole_way(self, chart: str) -> None:
        """Raises ChartFailed."""
        release, facts = f"my-{chart}"[:40], facts_of(chart)
        if "data" in facts:
            self._volume(release, chart)
        told: tuple[str, ...] = (
            "--set",
            f"image.registry={self.host}",
            "--set",
            "imagePullSecrets[0].name=pull",
            "--set",
            "replicaCount=1",
        )
        if facts.get("takesPassword"):
            told += ("--set", f"passwordSecret={SECRET}")
        wait = ("--namespace", NAMESPACE, "--wait", "--timeout", "90s")
        over_oci = (f"oci://{self.host}/charts/{chart}", "--version", self.versions[chart], "--plain-http")
        self("install", release, *over_oci, *told, *wait)
        first = self._answering(release, facts)
        self._speak(chart, release, 0)
        self("upgrade", release, f"acme/{chart}", "--reuse-values", "--set", "env.UPGRADED=yes", *wait)
        second = self._answering(release, facts)
        if first == second:
            raise ChartFailed(f"the upgrade of {chart} changed no pod")
        self._speak(chart, release, 1)
        self("uninstall", release, *wait)
        self._check_gone(release, keeps="data" in facts)

    def _volume(self, release: str, chart: str) -> None:
        """What a cluster's storage would make for the claim."""
        place = self.node.cluster.folder / "volumes" / release
        place.mkdir(parents=True)
        place.chmod(0o777)
        document = {
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": release},
            "spec": {"capacity": {"storage": "100Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": str(place)},
                     "claimRef": {"namespace": NAMESPACE, "name": f"data-{release}-{chart}-0"}},
        }  # fmt: skip
        self.node.cluster.kubectl("apply", "-f", "-", given=json.dumps(document))

    def _answering(self, release: str, facts: dict[str, Any]) -> str:
        """The id of the release's one ready pod, whose port has answered."""
        pods = [one for one in self._listed("pods", release) if "deletionTimestamp" not in one["metadata"]]
        if len(pods) != 1:
            raise ChartFailed(f"{len(pods)} pods in place of one\n{self._state()}")
        cluster = Cluster.of(self.node.cluster.kubeconfig, namespace=NAMESPACE)
        path = facts["probe"].get("httpGet", {}).get("path", "")
        answer = ask(cluster, pods[0]["metadata"]["name"], Probe(facts["port"], path))
        cluster.close()
        if "error" in answer or (path and answer["status"] != 200):
            raise ChartFailed(f"port {facts['port']} answered {answer}")
        return str(pods[0]["metadata"]["uid"])

    def _speak(self, chart: str, release: str, at: int) -> None:
        """To a database as a customer would: over the network, with a password; after the upgrade it knows still."""
        if chart not in SPOKEN:
            return
        (pod,) = [one for one in self._listed("pods", release) if "deletionTimestamp" not in one["metadata"]]
        line = f"POD={pod['status']['podIP']}; {SPOKEN[chart][at]}"
        words = ("exec", pod["metadata"]["name"], "--container", chart, "--", "/bin/sh", "-c", line)
        done = self.node.cluster.run_kubectl("--namespace", NAMESPACE, *words)
        if done.returncode or (at and done.stdout.strip() != SPOKEN[chart][2]):
            raise ChartFailed(f"{chart} answered {done.stdout!r} {done.stderr!r}")

    def _check_gone(self, release: str, *, keeps: bool) -> None:
        """Nothing is left but the claim of what was kept, which goes by hand."""
        wait = (
            "wait",
            "pods",
            "--for=delete",
            "--timeout=60s",
            "-l",
            f"app.kubernetes.io/instance={release}",
        )
        self.node.cluster.run_kubectl("--namespace", NAMESPACE, *wait)
        if left := self._listed(KINDS, release):
            raise ChartFailed(f"left behind: {[one['metadata']['name'] for one in left]}")
        claims = self._listed("persistentvolumeclaims", release)
        if len(claims) != int(keeps):
            raise ChartFailed(f"{len(claims)} claims are left")
        for claim in claims:
            self.node.cluster.kubectl("--namespace", NAMESPACE, "delete", "pvc", claim["metadata"]["name"])
        if keeps:
            self.node.cluster.kubectl("delete", "pv", release)

    def _listed(self, kinds: str, release: str) -> list[dict[str, Any]]:
        words = ("get", kinds, "-l", f"app.kubernetes.io/instance={release}", "-o", "json")
        found: list[dict[str, Any]] = json.loads(self.node.cluster.kubectl("--namespace", NAMESPACE, *words))[
            "items"
        ]
        return found

    def _state(self) -> str:
        pods = self.node.cluster.run_kubectl("--namespace", NAMESPACE, "get", "pods,pvc", "-o", "wide").stdout
        events = self.node.cluster.run_kubectl("--namespace", NAMESPACE, "get", "events").stdout
        return f"{pods}\n{events[-3000:]}"


def facts_of(chart: str) -> dict[str, Any]:
    """What the chart says its image is like."""
    text = (SOURCES / chart / "templates" / "_facts.tpl").read_text()
    facts: dict[str, Any] = yaml.safe_load(text.partition('facts" -}}')[2].partition("{{- end")[0])
    return facts
