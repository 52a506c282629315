"""Starts and ends the processes of a one-node Kubernetes, below one temporary folder and on loopback.

Needs root, since containers do. Everything that is started is ended by its pid, workloads first, so that no
shim, mount or bridge outlives it. Not in charge of what the programs read (`files`).
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.kubernetes import files
from tests.servers.running import any_port

PROGRAMS = Path(
    os.environ.get("ASSAY_KUBERNETES")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "assay" / "kubernetes"
)
BUILT = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl")
PATIENCE = 180
#: The controllers that what is installed here needs; the others only cost processor time.
CONTROLLERS = ("deployment", "replicaset", "statefulset", "job", "namespace", "garbage-collector", "serviceaccount",
               "endpointslice", "persistentvolume-binder", "persistentvolume-protection",
               "persistentvolumeclaim-protection", "root-ca-certificate-publisher", "disruption", "node-lifecycle")  # fmt: skip


class NotHere(RuntimeError):
    """This machine has not what a cluster needs."""


def missing() -> str:
    """What this machine lacks to run a cluster, as a sentence; "" when nothing."""
    if os.geteuid() != 0:
        return "a Kubernetes node needs root"
    if absent := [name for name in BUILT if not (PROGRAMS / name).exists()]:
        return f"{', '.join(absent)} not built; see deploy/setup/kubernetes.sh"
    if absent := [name for name in ("containerd", "ip", "gcc", "openssl") if shutil.which(name) is None]:
        return f"{', '.join(absent)} not installed; see deploy/setup/packages.sh kubernetes"
    return "" if Path("/usr/lib/cni/bridge").exists() else "containernetworking-plugins is not installed"


class Cluster:
    """One node. `environ` is for containerd, for instance a proxy that finds the registry's hosts."""

    def __init__(self, **environ: str) -> None:
        if reason := missing():
            raise NotHere(reason)
        self.folder = Path(tempfile.mkdtemp(prefix="assay-node-"))
        tag, net = secrets.token_hex(4), secrets.randbelow(200) + 20
        self._addresses = files.Addresses(
            f"assay{tag}", f"10.{net}.255.1", f"10.{net}.0.0/24", f"10.{net}.128.0/24"
        )
        self._environ = environ
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.server = f"https://{self._addresses.node}:{any_port()}"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def kubeconfig(self) -> Path:
        """Opens everything."""
        return self.folder / "kubeconfig"

    @property
    def authority(self) -> Path:
        return self.folder / "certificates" / "apiserver.crt"

    def trust_plain(self, host: str) -> None:
        """Let the node pull from a registry without TLS."""
        place = self.folder / "registries" / host
        place.mkdir(parents=True, exist_ok=True)
        # A server alone is not enough for containerd 1.6.
        (place / "hosts.toml").write_text(
            f'server = "http://{host}"\n[host."http://{host}"]\n  capabilities = ["pull", "resolve"]\n'
        )

    def kubectl(self, *words: str, given: str | None = None) -> str:
        """Run kubectl as administrator; gives what it printed."""
        done = self.run_kubectl(*words, given=given)
        assert done.returncode == 0, f"kubectl {words}\n{done.stdout}\n{done.stderr}\n{self.logs()}"
        return done.stdout

    def run_kubectl(self, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAMS / "kubectl", "--kubeconfig", self.kubeconfig, *words],
            input=given, capture_output=True, text=True, timeout=PATIENCE, check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
        )  # fmt: skip

    def logs(self, size: int = 1500) -> str:
        """The end of what each process said."""
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-size:]}"
            for log in sorted(self.folder.glob("*.log"))
        )

    def _start(self) -> None:
        folder, at = self.folder, self._addresses
        for name in ("registries", "certificates"):
            (folder / name).mkdir()
        _run("ip", "address", "add", f"{at.node}/32", "dev", "lo")
        files.network(folder, at)
        self._spawn("containerd", "containerd", "--config", files.containerd(folder), **self._environ)
        etcd = self._start_etcd()
        self._start_server(etcd)
        _run("ctr", "--address", f"{folder}/containerd.sock", "--namespace", "k8s.io", "images", "import",
             "--no-unpack", str(files.pause_image(folder)), patience=PATIENCE)  # fmt: skip
        self._await(self.authority.exists, "certificate of the server")
        files.kubeconfig(self.kubeconfig, self.server, self.authority)
        self._await(lambda: self.run_kubectl("get", "--raw", "/readyz").stdout == "ok", "server")
        self._start_others()
        self._await(lambda: self._node("status.conditions[?(@.type=='Ready')].status") == "True", "node")
        self._await(lambda: not self._node("spec.taints"), "node that takes pods")
        self._await(
            lambda: "default" in self.run_kubectl("get", "serviceaccount", "-o", "name").stdout, "account"
        )

    def _node(self, field: str) -> str:
        return self.run_kubectl("get", "nodes", "-o", f"jsonpath={{.items[*].{field}}}").stdout

    def _start_etcd(self) -> str:
        clients, peers = (f"http://127.0.0.1:{any_port()}" for _ in range(2))
        self._spawn(
            "etcd", PROGRAMS / "etcd", "--data-dir", self.folder / "etcd", "--unsafe-no-fsync", "--log-level", "error",
            "--listen-client-urls", clients, "--advertise-client-urls", clients, "--listen-peer-urls", peers,
            "--initial-advertise-peer-urls", peers, "--initial-cluster", f"default={peers}",
        )  # fmt: skip
        return clients

    def _start_server(self, etcd: str) -> None:
        folder, at = self.folder, self._addresses
        key = folder / "accounts.key"
        _run("openssl", "genrsa", "-out", str(key), "2048")
        (folder / "tokens.csv").write_text(f"{files.TOKEN},admin,1,system:masters\n")
        self._spawn(
            "apiserver", PROGRAMS / "kube-apiserver", "--etcd-servers", etcd, "--bind-address", at.node,
            "--advertise-address", at.node, "--endpoint-reconciler-type", "none",
            "--secure-port", self.server.rpartition(":")[2], "--cert-dir", folder / "certificates",
            "--token-auth-file", folder / "tokens.csv", "--authorization-mode", "RBAC",
            "--service-account-issuer", "https://kubernetes.local", "--service-account-key-file", key,
            "--service-account-signing-key-file", key, "--service-cluster-ip-range", at.services,
            "--kubelet-preferred-address-types", "InternalIP",
        )  # fmt: skip

    def _start_others(self) -> None:
        folder, at = self.folder, self._addresses
        common = ("--kubeconfig", self.kubeconfig)
        alone = ("--leader-elect=false", "--bind-address", "127.0.0.1")
        self._spawn(
            "kubelet", PROGRAMS / "kubelet", *common, "--config", files.kubelet(folder, at, any_port()),
            "--root-dir", folder / "kubelet", "--cert-dir", folder / "kubelet-certificates",
            "--hostname-override", files.NODE, "--node-ip", at.node,
        )  # fmt: skip
        self._spawn(
            "scheduler", PROGRAMS / "kube-scheduler", *common, *alone, "--secure-port", any_port(),
        )  # fmt: skip
        self._spawn(
            "controllers", PROGRAMS / "kube-controller-manager", *common, *alone, "--secure-port", any_port(),
            "--controllers", ",".join(f"{name}-controller" for name in CONTROLLERS),
            "--service-account-private-key-file", folder / "accounts.key", "--root-ca-file", self.authority,
        )  # fmt: skip

    def _spawn(self, name: str, *words: object, **environ: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self._processes[name] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *(str(word) for word in words)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, env={**os.environ, **environ}, cwd=self.folder,
            )  # fmt: skip

    def _await(self, is_there: object, what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not is_there():  # type: ignore[operator]
            ended = [name for name, process in self._processes.items() if process.poll() is not None]
            if ended or time.monotonic() > end:
                raise RuntimeError(f"no {what}; ended: {', '.join(ended) or 'nothing'}\n{self.logs()}")
            time.sleep(0.2)

    def _end(self) -> None:
        """Workloads first, so that their shims go; then the programs, mounts, bridge and folder."""
        self._end_workloads()
        for name in ("kubelet", "scheduler", "controllers", "apiserver", "etcd", "containerd"):
            if (process := self._processes.get(name)) is not None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        for place in sorted((one for one in mounted if one.startswith(f"{self.folder}/")), reverse=True):
            subprocess.run(["umount", "--lazy", place], check=False, capture_output=True)
        for words in (
            ("link", "delete", self._addresses.bridge),
            ("address", "delete", f"{self._addresses.node}/32", "dev", "lo"),
        ):
            subprocess.run(["ip", *words], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end_workloads(self) -> None:
        ctr = ("ctr", "--address", f"{self.folder}/containerd.sock", "--namespace", "k8s.io")
        if "kubelet" not in self._processes or self._processes["containerd"].poll() is not None:
            return
        kinds = "deployments,statefulsets,jobs,pods"
        self.run_kubectl("delete", kinds, "--all", "--all-namespaces", "--grace-period=1", "--timeout=30s")
        end = time.monotonic() + 20
        while (left := _said(*ctr, "tasks", "list", "--quiet").split()) and time.monotonic() < end:
            time.sleep(0.2)
        for task in left:
            _said(*ctr, "tasks", "kill", "--all", "--signal", "SIGKILL", task)
            _said(*ctr, "tasks", "delete", "--force", task)


def _run(*words: str, patience: float = 30) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=patience)


def _said(*words: str) -> str:
    return subprocess.run(words, check=False, capture_output=True, text=True, timeout=30).stdout
