"""What the programs of the one-node Kubernetes read: configuration, credentials, and the image that holds a pod."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TOKEN = "of-the-tests-alone"
PAUSE = "pause.local/pause:1"
NODE = "node"
PROGRAM = "#include <unistd.h>\nint main(void) { for (;;) pause(); }\n"


@dataclass(frozen=True)
class Addresses:
    """Of one cluster; `node` is on the loopback device and no other machine's business."""

    bridge: str
    node: str
    pods: str
    services: str


def kubeconfig(
    path: Path, server: str, authority: Path, token: str = TOKEN, namespace: str = "default"
) -> Path:
    """Write the file that opens the cluster for the holder of a token."""
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "it",
                "clusters": [
                    {"name": "it", "cluster": {"server": server, "certificate-authority": str(authority)}}
                ],
                "users": [{"name": "it", "user": {"token": token}}],
                "contexts": [
                    {"name": "it", "context": {"cluster": "it", "user": "it", "namespace": namespace}}
                ],
            }
        )
    )
    path.chmod(0o600)
    return path


def containerd(folder: Path) -> Path:
    """Everything below `folder`; plain HTTP for the registries that get a folder in `registries`."""
    path = folder / "containerd.toml"
    path.write_text(f"""
version = 2
root = "{folder}/containerd"
state = "{folder}/containerd-state"
[grpc]
  address = "{folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  disable_tcp_service = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{folder}/registries"
""")
    return path


def network(folder: Path, addresses: Addresses) -> None:
    """Pods on a bridge of their own, without a way out."""
    bridge = {
        "type": "bridge", "bridge": addresses.bridge, "isGateway": True, "ipMasq": False, "hairpinMode": True,
        "ipam": {"type": "host-local", "ranges": [[{"subnet": addresses.pods}]], "dataDir": str(folder / "addresses")},
    }  # fmt: skip
    (folder / "cni").mkdir()
    document = {"cniVersion": "0.4.0", "name": addresses.bridge, "plugins": [bridge]}
    (folder / "cni" / "10-bridge.conflist").write_text(json.dumps(document))


def kubelet(folder: Path, addresses: Addresses, port: int) -> Path:
    never = dict.fromkeys(
        ("memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available"), "0%"
    )
    said: dict[str, Any] = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
        "address": addresses.node, "port": port, "healthzPort": 0,
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "containerRuntimeEndpoint": f"unix://{folder}/containerd.sock",
        "cgroupDriver": "cgroupfs", "cgroupsPerQOS": False, "enforceNodeAllocatable": [], "failCgroupV1": False,
        "failSwapOn": False, "oomScoreAdj": 0, "makeIPTablesUtilChains": False, "resolvConf": "",
        "evictionHard": never, "imageGCHighThresholdPercent": 100, "podLogsDir": str(folder / "pods"),
        "nodeStatusUpdateFrequency": "2s", "maxPods": 60, "volumePluginDir": str(folder / "volume-plugins"),
    }  # fmt: skip
    path = folder / "kubelet.yaml"
    path.write_text(yaml.safe_dump(said))
    return path


def pause_image(folder: Path) -> Path:
    """An image with one program that waits, as the archive that `ctr images import` reads."""
    plain = _tar({"pause": _compiled(folder / "pause")}, mode=0o755)
    layer = gzip.compress(plain)
    config = {
        "architecture": "amd64", "os": "linux", "config": {"Entrypoint": ["/pause"], "User": "65535:65535"},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(plain).hexdigest()]},
    }  # fmt: skip
    kind = "application/vnd.oci.image"
    blobs: dict[str, bytes] = {}

    def kept(media_type: str, content: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    manifest = {
        "schemaVersion": 2, "mediaType": f"{kind}.manifest.v1+json",
        "config": kept(f"{kind}.config.v1+json", json.dumps(config).encode()),
        "layers": [kept(f"{kind}.layer.v1.tar+gzip", layer)],
    }  # fmt: skip
    entry = kept(f"{kind}.manifest.v1+json", json.dumps(manifest).encode())
    index = {"schemaVersion": 2, "manifests": [{**entry, "annotations": {"io.containerd.image.name": PAUSE}}]}
    layout = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": json.dumps(index).encode()}
    path = folder / "pause.tar"
    path.write_bytes(_tar({**layout, **blobs}))
    return path


def _compiled(program: Path) -> bytes:
    command = ["gcc", "-Os", "-static", "-x", "c", "-", "-o", str(program)]
    subprocess.run(command, input=PROGRAM.encode(), check=True)
    return program.read_bytes()


def _tar(files: dict[str, bytes], mode: int = 0o644) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), mode
            tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()
