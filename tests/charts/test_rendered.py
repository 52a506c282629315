"""What helm makes of our charts: nothing to complain of, nothing that a hardened namespace would refuse."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalog.charts.package import SOURCES, package
from tests.charts.install import charts, facts_of
from tests.clients.shop import needed

DIGEST = "sha256:" + "a" * 64
HOST = {"image": {"registry": "images.example.com"}}
#: Each setting that every chart has, at once.
ALL: dict[str, Any] = {
    **HOST,
    "imagePullSecrets": [{"name": "pull"}],
    "replicaCount": 1,
    "env": {"NAME": "it's: {a} value"},
    "envFrom": [{"secretRef": {"name": "more"}}],
    "files": {"/etc/app/a.conf": "a: 1\n"},
    "secretFiles": {"/etc/app/key.pem": {"secret": "keys", "key": "tls.key"}},
    "service": {"type": "LoadBalancer", "annotations": {"who": "us"}},
    "extraPorts": [{"name": "metrics", "port": 9999, "containerPort": 9998}],
    "networkPolicy": {"enabled": True, "from": [{"namespaceSelector": {}}]},
    "podLabels": {"team": "a"},
    "podAnnotations": {"note": "b"},
    "serviceAccountName": "robot",
    "readinessProbe": {"tcpSocket": {"port": "main"}},
    "priorityClassName": "high",
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"operator": "Exists"}],
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
}


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("charts")
    for name in charts():
        facts = {"revision": "7", f"digest:{name}": DIGEST, f"version:{name}": "1.2"}
        (folder / f"{name}.tgz").write_bytes(package(SOURCES / name, facts=facts, epoch=0).archive)
    return folder


def helm(program: str, *words: str, given: dict[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
    told = ("--values", "-") if given is not None else ()
    return subprocess.run(
        [needed(program), *words, *told],
        input=json.dumps(given) if given is not None else "",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def rendered(archive: Path, given: dict[str, Any], release: str = "my") -> dict[str, list[dict[str, Any]]]:
    """Objects by kind."""
    done = helm("helm4", "template", release, str(archive), "--kube-version", "1.36.3", given=given)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[dict[str, Any]]] = {}
    for one in yaml.safe_load_all(done.stdout):
        if one:
            found.setdefault(one["kind"], []).append(one)
    return found


def workload(objects: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    (found,) = objects.get("Deployment", []) + objects.get("StatefulSet", [])
    return found


@pytest.mark.parametrize("program", ["helm4", "helm3"])
def test_helm_has_nothing_to_say_against_them(archives: Path, program: str) -> None:
    done = helm(
        program, "lint", "--strict", *(str(archives / f"{name}.tgz") for name in charts()), given=HOST
    )
    said = [line for line in done.stdout.splitlines() if line.startswith("[")]
    assert done.returncode == 0, done.stdout
    assert set(said) <= {"[INFO] Chart.yaml: icon is recommended"}


@pytest.mark.parametrize("name", charts())
def test_each_fits_a_namespace_that_takes_restricted_pods_only(archives: Path, name: str) -> None:
    # https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    pod = workload(rendered(archives / f"{name}.tgz", ALL))["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert not pod.keys() & {"hostNetwork", "hostPID", "hostIPC"}
    assert {kind for one in pod["volumes"] for kind in one} <= {
        "name", "emptyDir", "configMap", "secret", "persistentVolumeClaim",
    }  # fmt: skip
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["image"] == f"images.example.com/{name}@{DIGEST}"
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert container["resources"]["limits"].keys() == {"memory"}


@pytest.mark.parametrize("name", charts())
def test_every_setting_arrives(archives: Path, name: str) -> None:
    objects = rendered(archives / f"{name}.tgz", ALL)
    pod = workload(objects)["spec"]["template"]
    assert pod["metadata"]["labels"]["team"] == "a"
    assert pod["metadata"]["annotations"].keys() == {"checksum/files", "note"}
    assert {"imagePullSecrets", "serviceAccountName", "priorityClassName", "nodeSelector", "tolerations",
            "topologySpreadConstraints"} <= pod["spec"].keys()  # fmt: skip
    (container,) = pod["spec"]["containers"]
    assert {"name": "NAME", "value": "it's: {a} value"} in container["env"]
    assert container["envFrom"] == ALL["envFrom"]
    assert container["readinessProbe"] == ALL["readinessProbe"]
    assert {"tcpSocket", "periodSeconds"} <= container["livenessProbe"].keys()
    assert {"/etc/app/a.conf", "/etc/app/key.pem"} <= {one["mountPath"] for one in container["volumeMounts"]}
    service = objects["Service"][0]
    assert [(one["name"], one["port"]) for one in service["spec"]["ports"]][1:] == [("metrics", 9999)]
    assert service["metadata"]["annotations"] == {"who": "us"}
    (policy,) = objects["NetworkPolicy"]
    ports = {one["port"] for one in policy["spec"]["ingress"][0]["ports"]}
    assert ports == {facts_of(name)["port"], 9998}


@pytest.mark.parametrize("name", [name for name in charts() if "data" in facts_of(name)])
def test_what_keeps_data_has_a_name_for_its_pod_and_a_claim(archives: Path, name: str) -> None:
    objects = rendered(archives / f"{name}.tgz", HOST)
    spec = objects["StatefulSet"][0]["spec"]
    headless = {
        one["metadata"]["name"] for one in objects["Service"] if one["spec"].get("clusterIP") == "None"
    }
    assert headless == {spec["serviceName"]}
    assert [one["metadata"]["name"] for one in spec["volumeClaimTemplates"]] == ["data"]
    assert "startupProbe" in spec["template"]["spec"]["containers"][0]
    mine = rendered(archives / f"{name}.tgz", {**HOST, "persistence": {"existingClaim": "restored"}})
    spec = mine["StatefulSet"][0]["spec"]
    assert "volumeClaimTemplates" not in spec
    claims = [
        one["persistentVolumeClaim"] for one in spec["template"]["spec"]["volumes"] if one["name"] == "data"
    ]
    assert claims == [{"claimName": "restored"}]


def test_objects_are_called_as_helm_users_expect(archives: Path) -> None:
    def name(release: str, **more: str) -> str:
        return str(workload(rendered(archives / "redis.tgz", {**HOST, **more}, release))["metadata"]["name"])

    assert name("my") == "my-redis"
    assert name("redis") == "redis"
    assert name("my-redis") == "my-redis"
    assert name("my", fullnameOverride="store") == "store"
    # A StatefulSet's pods carry its name and a hash in a label of 63 characters.
    assert len(name("a" * 53)) <= 52


def test_a_web_server_drains_is_spared_and_is_given_a_name(archives: Path) -> None:
    ingress = {"enabled": True, "host": "www.example.com", "tlsSecret": "www-tls", "className": "public"}
    objects = rendered(archives / "nginx.tgz", {**HOST, "ingress": ingress})
    (container,) = workload(objects)["spec"]["template"]["spec"]["containers"]
    assert container["lifecycle"]["preStop"] == {"sleep": {"seconds": 5}}
    assert objects["PodDisruptionBudget"][0]["spec"]["maxUnavailable"] == 1
    (made,) = objects["Ingress"]
    assert made["spec"]["tls"] == [{"hosts": ["www.example.com"], "secretName": "www-tls"}]
    assert made["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] == "my-nginx"
    assert "PodDisruptionBudget" not in rendered(archives / "nginx.tgz", {**HOST, "replicaCount": 1})


def test_a_password_follows_the_arguments_and_is_never_written_out(archives: Path) -> None:
    for args, before in (([], "/data"), (["--appendonly", "yes"], "yes")):
        objects = rendered(archives / "redis.tgz", {**HOST, "passwordSecret": "secret", "args": args})
        (container,) = workload(objects)["spec"]["template"]["spec"]["containers"]
        assert container["args"][-3:] == [before, "--requirepass", "$(REDISCLI_AUTH)"]
        assert container["env"][0]["valueFrom"]["secretKeyRef"] == {"name": "secret", "key": "password"}


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("nginx", {"image": {"registry": "https://images.example.com"}}, "/image/registry"),
        ("nginx", {"image": {"digest": "latest"}}, "/image/digest"),
        ("nginx", {"replicas": 3}, "replicas"),
        ("nginx", {"persistence": {"enabled": True}}, "persistence"),
        ("nginx", {"passwordSecret": "x"}, "passwordSecret"),
        ("nginx", {"resources": {"limits": {"memory": "lots"}}}, "/resources/limits/memory"),
        ("nginx", {"secretFiles": {"/etc/x": {"secret": "a"}}}, "key"),
        ("nginx", {"files": {"/etc/x": "1"}, "secretFiles": {"/etc/x": {"secret": "a", "key": "b"}}}, "stands in"),
        ("nginx", {"ingress": {"enabled": True}}, "ingress.host"),
        ("redis", {"ingress": {"enabled": True, "host": "a.example"}}, "ingress"),
        ("redis", {"replicaCount": 2}, "/replicaCount"),
        ("redis", {"persistence": {"size": "8 GB"}}, "/persistence/size"),
    ],
)  # fmt: skip
def test_values_that_cannot_work_are_refused_by_name(
    archives: Path, name: str, given: dict[str, Any], said: str
) -> None:
    given = {**HOST, **given}
    for program in ("helm4", "helm3"):
        words = ("template", "my", str(archives / f"{name}.tgz"), "--kube-version", "1.36.3")
        done = helm(program, *words, given=given)
        assert done.returncode != 0
        assert said in done.stderr
