"""The second runner, on a real cluster of one node that pulls from our registry."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from builds.engine.built import PlatformImage
from builds.engine.sandbox import TestReport, TestSpec
from builds.engine.sandbox.kubernetes import (
    Cluster,
    ClusterRefusedError,
    KubernetesRunner,
    NoClusterError,
    Supply,
)
from builds.engine.spec import Spec
from builds.engine.store import Store
from builds.worker.push import push_platform
from builds.worker.registry import Staging
from tests.builds.engine.busybox import BOX, SERVER, WAITING, check, image
from tests.builds.engine.real import built, definition
from tests.servers.kubernetes import files
from tests.servers.kubernetes.fixture import Node

pytestmark = pytest.mark.network
NAMESPACE = "tests"
#: What a worker's account needs, as docs/operations.md says; the tests do not have more.
DOCUMENT = Path(__file__).parents[3] / "docs" / "operations.md"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def kubeconfig(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an account that has exactly the rights that the documentation asks for."""
    node.cluster.kubectl("create", "namespace", NAMESPACE)
    node.cluster.kubectl("--namespace", NAMESPACE, "create", "serviceaccount", "worker")
    role = DOCUMENT.read_text().partition("```yaml\n")[2].partition("```")[0]
    assert yaml.safe_load(role)["kind"] == "Role"
    node.cluster.kubectl("--namespace", NAMESPACE, "apply", "-f", "-", given=role)
    binding = ("--role", "image-tests", "--serviceaccount", f"{NAMESPACE}:worker")
    node.cluster.kubectl("--namespace", NAMESPACE, "create", "rolebinding", "worker", *binding)
    token = node.cluster.kubectl("--namespace", NAMESPACE, "create", "token", "worker").strip()
    path = tmp_path_factory.mktemp("worker") / "kubeconfig"
    return files.kubeconfig(path, node.cluster.server, node.cluster.authority, token, NAMESPACE)


@pytest.fixture(scope="module")
def supply(node: Node, store: Store) -> Iterator[Supply]:
    said = node.portal.call("tests.servers.kubernetes.stock:staging")
    staging = Staging(
        address=f"http://{node.portal.host}", name=said["name"], key=said["key"], mounts_from=None
    )

    def deliver(platform: PlatformImage) -> None:
        push_platform(platform, store=store, staging=staging, say=lambda line: None, done=Counter())

    yield Supply(f"{node.portal.host}/{staging.name}", staging.pull_key, deliver)
    staging.close()


@pytest.fixture(scope="module")
def runner(kubeconfig: Path, supply: Supply) -> KubernetesRunner:
    return KubernetesRunner(Cluster.of(kubeconfig), supply)


Run = Callable[..., TestReport]


@pytest.fixture
def run(runner: KubernetesRunner, store: Store, node: Node) -> Run:
    """Test the busybox image, changed as asked; nothing may be left of it on the cluster."""

    def run(tests: dict[str, Any], **changes: Any) -> TestReport:
        report = runner.run(store=store, image=image(store, **changes), spec=TestSpec.from_json(tests))
        assert left(node) == []
        return report

    return run


def left(node: Node) -> list[str]:
    kinds = "pods,secrets,networkpolicies"
    listed = json.loads(node.cluster.kubectl("--namespace", NAMESPACE, "get", kinds, "-o", "json"))
    # A pod that is on its way out is no longer anybody's.
    return [
        item["metadata"]["name"] for item in listed["items"] if "deletionTimestamp" not in item["metadata"]
    ]


def test_programs_are_run_and_judged(run: Run) -> None:
    commands = [
        {"name": "computes", "args": [BOX, "expr", "6", "*", "7"], "stdout": "^42$"},
        {"name": "computes otherwise", "args": [BOX, "expr", "6", "*", "7"], "stdout": "^43$"},
        {"name": "complains", "args": [BOX, "cat", "/missing"], "exit": 1, "stderr": "No such file"},
        {"name": "gone", "args": ["/usr/bin/gone"]},
        {"name": "too slow", "args": [BOX, "sleep", "60"], "seconds": 1},
        {"name": "dollars", "args": [BOX, "echo", "$(HOME) $$ $x"], "stdout": r"^\$\(HOME\) \$\$ \$x$"},
    ]
    report = run({"commands": commands})
    assert report.was_run
    verdicts = {each["name"]: check(report, each["name"]).passed for each in commands}
    assert verdicts == {
        "computes": True,
        "computes otherwise": False,
        "complains": True,
        "gone": False,
        "too slow": False,
        "dollars": True,
    }, [one.to_json() for one in report.checks]
    assert "/usr/bin/gone" in check(report, "gone").evidence
    assert "did not end in time" in check(report, "too slow").evidence


def test_programs_are_held_in(run: Run) -> None:
    sh = [BOX, "sh", "-c"]
    commands = [
        {"name": "not root", "args": [BOX, "id", "-u"], "stdout": "^65532$"},
        {"name": "no capabilities", "args": [BOX, "grep", "CapEff", "/proc/self/status"], "stdout": "0000000000000000"},
        {"name": "no new rights", "args": [BOX, "grep", "NoNewPrivs", "/proc/self/status"], "stdout": "1$"},
        {"name": "filtered calls", "args": [BOX, "grep", "Seccomp:", "/proc/self/status"], "stdout": "2$"},
        {"name": "read-only root", "args": [*sh, "touch /etc/x 2>&1 || echo refused"], "stdout": "refused"},
        {"name": "no account", "args": [BOX, "ls", "/var/run/secrets"], "exit": 1},
        {"name": "volumes", "args": [*sh, "touch /tmp/x /data/x && echo written"], "stdout": "written"},
        {"name": "no way out", "args": [*sh, "ping -c 1 -W 1 192.0.2.1 2>&1 || echo unreachable"], "stdout": "unreachable"},
    ]  # fmt: skip
    report = run({"commands": commands})
    assert [one.to_json() for one in report.checks if not one.passed] == []


def test_a_server_is_prepared_asked_and_stopped(run: Run) -> None:
    tests = {
        "prepare": [[BOX, "sh", "-c", "echo made > /data/page"]],
        "starts": True,
        "probes": [
            {"port": 8080, "path": "/", "contains": "hello from inside"},
            {"port": 8080, "path": "/gone", "status": 404},
            {"port": 8080},
        ],
        "commands": [
            {"name": "beside", "args": [BOX, "cat", "/data/page"], "stdout": "^made$", "in_running": True},
            {"name": "fails beside", "args": [BOX, "false"], "exit": 1, "in_running": True},
        ],
    }
    report = run(tests, cmd=SERVER)
    assert [one.to_json() for one in report.checks if not one.passed] == []
    names = {one.name for one in report.checks}
    assert {"prepares with busybox", "answers on port 8080 at /", "answers on port 8080 at /gone",
            "answers on port 8080", "is reached on port 8080 from outside the pod", "beside", "stays up",
            "stops on SIGTERM"} <= names  # fmt: skip


def test_a_server_that_does_otherwise_fails(run: Run) -> None:
    stubborn = ["sh", "-c", f"trap '' TERM; {BOX} httpd -p 127.0.0.1:8080 -h /www; while :; do sleep 1; done"]
    tests = {
        "starts": True,
        "within": 4,
        "stops_within": 1,
        "probes": [{"port": 8080, "path": "/", "contains": "goodbye"}, {"port": 9090}],
        "commands": [
            {"name": "too slow", "args": [BOX, "sleep", "20"], "seconds": 1, "in_running": True},
            {"name": "gone", "args": ["/usr/bin/gone"], "in_running": True},
        ],
    }
    report = run(tests, cmd=stubborn)
    verdicts = {one.name: one.passed for one in report.checks}
    assert {name for name, passed in verdicts.items() if not passed} == {
        "answers on port 8080 at /", "answers on port 9090", "is reached on port 8080 from outside the pod",
        "too slow", "gone", "stops on SIGTERM",
    }, [one.to_json() for one in report.checks]  # fmt: skip


def test_a_server_that_ends_or_is_missing_fails(run: Run) -> None:
    ended = run({"starts": True, "probes": [{"port": 8080}], "within": 3}, cmd=["echo", "nothing to do"])
    assert not check(ended, "stays up").passed
    assert "nothing to do" in check(ended, "stays up").evidence
    missing = run({"starts": True}, entrypoint=["/usr/bin/gone"])
    assert "/usr/bin/gone" in check(missing, "stays up").evidence
    assert not check(missing, "stays up").passed


def test_a_preparation_that_fails_fails_the_image(run: Run) -> None:
    report = run({"prepare": [[BOX, "false"], [BOX, "true"]], "starts": True}, cmd=WAITING)
    assert [one.passed for one in report.checks if one.name == "prepares with busybox"] == [False]
    assert "stays up" not in {one.name for one in report.checks}


def test_an_image_that_runs_as_root_fails(run: Run) -> None:
    report = run({"starts": True, "commands": [{"name": "it", "args": [BOX, "true"]}]}, user="0", cmd=WAITING)
    assert not check(report, "runs as a user that is not root").passed
    assert "runAsNonRoot" in check(report, "it").evidence
    assert not check(report, "stays up").passed


def test_what_a_dead_worker_left_is_removed_by_the_next_run(run: Run, node: Node) -> None:
    for name, ends in (("old", "1"), ("young", "99999999999")):
        labels = {"app.kubernetes.io/managed-by": "image-tests", "app.kubernetes.io/instance": name}
        metadata = {"name": name, "labels": labels, "annotations": {"image-tests/ends-at": ends}}
        policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": {"podSelector": {}}}
        for document in (policy, {"apiVersion": "v1", "kind": "Secret"}):
            given = json.dumps({**document, "metadata": metadata})
            node.cluster.kubectl("--namespace", NAMESPACE, "apply", "-f", "-", given=given)
    with pytest.raises(AssertionError, match="young"):  # what is not over yet stays, and only that
        run({"commands": [{"name": "it", "args": [BOX, "true"]}]})
    assert left(node) == ["young", "young"]
    node.cluster.kubectl("--namespace", NAMESPACE, "delete", "secret,networkpolicy", "young")


def test_a_foreign_architecture_is_only_looked_at(runner: KubernetesRunner, store: Store, node: Node) -> None:
    foreign = replace(image(store, cmd=WAITING), architecture="s390x")
    report = replace(runner, node_patience=0).run(
        store=store, image=foreign, spec=TestSpec.from_json({"starts": True})
    )
    assert not report.was_run
    assert report.notes == ("The cluster has no node for s390x; only static checks were made.",)
    assert left(node) == []


def test_a_pull_that_is_refused_is_no_failure_of_the_image(
    runner: KubernetesRunner, supply: Supply, store: Store, node: Node
) -> None:
    stranger = replace(runner, supply=replace(supply, password="x" * 64))
    fresh = image(store, cmd=WAITING, labels={"never": "pulled"})
    with pytest.raises(ClusterRefusedError, match=r"did not start a container: .*(401|[Uu]nauthorized)"):
        stranger.run(store=store, image=fresh, spec=TestSpec.from_json({"starts": True}))
    assert left(node) == []


def test_a_cluster_that_does_not_allow_it_says_what(
    node: Node, supply: Supply, store: Store, kubeconfig: Path
) -> None:
    spec = TestSpec.from_json({"commands": [{"name": "it", "args": [BOX, "true"]}]})
    elsewhere = KubernetesRunner(Cluster.of(kubeconfig, namespace="default"), supply)
    with pytest.raises(ClusterRefusedError, match=r"did not create a NetworkPolicy: .* cannot create"):
        elsewhere.run(store=store, image=image(store), spec=spec)


def test_a_cluster_that_does_not_answer_is_named(
    tmp_path: Path, supply: Supply, store: Store, node: Node
) -> None:
    nowhere = files.kubeconfig(tmp_path / "kubeconfig", "https://127.0.0.1:9", node.cluster.authority)
    spec = TestSpec.from_json({"commands": [{"name": "it", "args": [BOX, "true"]}]})
    with pytest.raises(ClusterRefusedError, match="does not answer"):
        KubernetesRunner(Cluster.of(nowhere), supply).run(store=store, image=image(store), spec=spec)


@pytest.mark.parametrize("text", ["", "[]", "kind: Config\ncontexts: 3\n", "\x00", "contexts: []\n"])
def test_a_kubeconfig_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    with pytest.raises(NoClusterError, match="kubeconfig cannot be read"):
        Cluster.of(path)


def test_a_missing_kubeconfig_or_context_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoClusterError, match="kubeconfig cannot be read"):
        Cluster.of(tmp_path / "kubeconfig")
    path = files.kubeconfig(tmp_path / "there", "https://127.0.0.1:9", tmp_path / "authority")
    with pytest.raises(NoClusterError, match="has no context other"):
        Cluster.of(path, context="other")


@pytest.mark.parametrize("name", ["redis"])
def test_starter_images_pass_on_a_cluster_too(
    runner: KubernetesRunner, store: Store, node: Node, name: str
) -> None:
    said = definition(name)
    platform = built(Spec.from_json(said["spec"]), store).platforms[0]
    report = runner.run(store=store, image=platform, spec=TestSpec.from_json(said["tests"]))
    assert [one.to_json() for one in report.checks if not one.passed] == []
    assert report.was_run
    assert left(node) == []
