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
from tests.charts.speaking import PASSWORD, SECRET, SPOKEN, upgraded
from tests.conformance.server import CLIENTS
from tests.servers.kubernetes.fixture import Node

NAMESPACE = "charts"
KINDS = "deployments,statefulsets,replicasets,pods,services,configmaps,networkpolicies,poddisruptionbudgets"


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
        """Build the images of these charts, publish them twice, and let the cluster and helm pull from acme's host."""
        store = Store(self.home / "store")
        images = {name: built(Spec.from_json(definition(name)["spec"]), store).index.digest for name in names}
        self.node.portal.environment |= {
            IMAGES: json.dumps(images),
            STORE: str(self.home / "store"),
        }
        said = self.node.portal.call("tests.charts.stock:publish")
        self.old: dict[str, dict[str, str]] = said["old"]
        self.new: dict[str, dict[str, str]] = said["new"]
        self.host = self.node.portal.host_of("acme")
        pair = base64.b64encode(f"token:{said['token']}".encode()).decode()
        docker = self.home / ".docker" / "config.json"
        docker.parent.mkdir()
        docker.write_text(json.dumps({"auths": {self.host: {"auth": pair}}}))
        self._namespace(said["token"])
        where = (f"http://{self.host}/charts", "--username", "token", "--password", said["token"])
        self("repo", "add", "acme", *where)

    def _namespace(self, token: str) -> None:
        """One that takes nothing but what the strictest Pod Security Standard allows, with its secrets."""
        document = {
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
        }  # fmt: skip
        self.node.cluster.kubectl("apply", "-f", "-", given=json.dumps(document))
        secret = ("--namespace", NAMESPACE, "create", "secret")
        login = (f"--docker-server={self.host}", "--docker-username=token", f"--docker-password={token}")
        self.node.cluster.kubectl(*secret, "docker-registry", "pull", *login)
        self.node.cluster.kubectl(*secret, "generic", SECRET, f"--from-literal=password={PASSWORD}")

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
        keeps = "data" in facts
        if keeps:
            self._volume(release)
        given = {
            "image.registry": self.host,
            "imagePullSecrets[0].name": "pull",
            "replicaCount": "1",
            **({"passwordSecret": SECRET} if facts.get("takesPassword") else {}),
        }
        told = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
        wait = ("--namespace", NAMESPACE, "--wait", "--timeout", "90s")
        version = self.old[chart]["version"]
        over_oci = (f"oci://{self.host}/charts/{chart}", "--version", version, "--plain-http")
        self("install", release, *over_oci, *told, *wait)
        first = self._answering(release, facts, self.old[chart]["digest"], pods=1)
        self._speak(chart, release, is_first=True)
        values = upgraded(chart, keeps=keeps)
        file = self.home / f"{chart}-values.json"
        file.write_text(json.dumps(values))
        # The chart's newest version, which pins a newer image, with what was set before and this.
        self("upgrade", release, f"acme/{chart}", "--reset-then-reuse-values", "--values", str(file), *wait)
        second = self._answering(release, facts, self.new[chart]["digest"], pods=values["replicaCount"])
        if first & second:
            raise ChartFailed(f"the upgrade of {chart} changed no pod")
        self._speak(chart, release, is_first=False)
        self._serves(release, values["files"], facts)
        self("uninstall", release, *wait)
        self._check_gone(release, keeps=keeps)

    def _volume(self, release: str) -> None:
        """What a cluster's storage would make for the claim: root's, so that the group must be set by the node."""
        place = self.node.cluster.folder / "volumes" / release
        place.mkdir(parents=True)
        here = {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}
        document = {
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": release},
            "spec": {"capacity": {"storage": "100Gi"}, "accessModes": ["ReadWriteOnce"], "local": {"path": str(place)},
                     "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
                     "claimRef": {"namespace": NAMESPACE, "name": f"data-{release}-0"}},
        }  # fmt: skip
        self.node.cluster.kubectl("apply", "-f", "-", given=json.dumps(document))

    def _answering(self, release: str, facts: dict[str, Any], digest: str, *, pods: int) -> set[str]:
        """Ids of the release's ready pods, of this image, whose port has answered."""
        found = self._pods(release)
        if len(found) != pods:
            raise ChartFailed(f"{len(found)} pods in place of {pods}\n{self._state()}")
        path = facts["probe"].get("httpGet", {}).get("path", "")
        for pod in found:
            if any(not one["image"].endswith(f"@{digest}") for one in pod["spec"]["containers"]):
                raise ChartFailed(f"a pod runs another image than {digest}")
            answer = self._asked(pod, Probe(facts["port"], path))
            if "error" in answer or (path and answer["status"] != 200):
                raise ChartFailed(f"port {facts['port']} answered {answer}")
        return {str(pod["metadata"]["uid"]) for pod in found}

    def _asked(self, pod: dict[str, Any], probe: Probe) -> dict[str, Any]:
        cluster = Cluster.of(self.node.cluster.kubeconfig, namespace=NAMESPACE)
        try:
            return ask(cluster, pod["metadata"]["name"], probe)
        finally:
            cluster.close()

    def _serves(self, release: str, files: dict[str, str], facts: dict[str, Any]) -> None:
        """A page out of the values, where the chart is a web server's that was given one."""
        for path, text in files.items():
            if path.endswith("index.html"):
                answer = self._asked(self._pods(release)[0], Probe(facts["port"], "/"))
                if answer.get("body") != text:
                    raise ChartFailed(f"in place of the file {path} it served {answer}")

    def _speak(self, chart: str, release: str, *, is_first: bool) -> None:
        """As a customer would; after the upgrade it knows still."""
        if (spoken := SPOKEN.get(chart)) is None:
            return
        (pod,) = self._pods(release)
        line = [
            word.format(pod=pod["status"]["podIP"]) for word in (spoken.first if is_first else spoken.then)
        ]
        words = ("exec", pod["metadata"]["name"], "--container", chart, "--", *line)
        done = self.node.cluster.run_kubectl("--namespace", NAMESPACE, *words)
        if done.returncode or (not is_first and done.stdout.strip() != spoken.answer):
            raise ChartFailed(f"{chart} answered {done.stdout!r} {done.stderr!r}")

    def _pods(self, release: str) -> list[dict[str, Any]]:
        """Those that are not going."""
        return [one for one in self._listed("pods", release) if "deletionTimestamp" not in one["metadata"]]

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
