"""The runtime configuration of a sandbox container: as little of everything as programs can live with.

OCI runtime specification 1.0. Not in charge of running it.
"""

import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# What container runtimes hide by default, so that a test sees what production sees.
MASKED = ("/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug",
          "/proc/scsi", "/sys/firmware")  # fmt: skip
MAX_FILES = 65536
READ_ONLY = ("/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")


@dataclass(frozen=True, slots=True)
class Volume:
    """A writable place with the image's owner and mode: in memory, or a directory that outlives a container."""

    path: str
    mode: int
    uid: int
    gid: int
    kept_in: Path | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a container may use: bytes of memory, number of tasks."""

    memory: int = 512 << 20
    tasks: int = 512


def bundle(
    *, root: Path, args: Sequence[str], config: Mapping[str, Any], env: Mapping[str, str],
    volumes: Sequence[Volume], limits: Limits | None, hosts: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return ``config.json`` for one container of an image.

    :param config: the ``config`` object of the image's configuration
    :param hosts: a file to be seen at ``/etc/hosts``, as container runtimes put one there
    :param limits: None where the machine has no control groups to set them with
    """
    uid, _, gid = config["User"].partition(":")
    files = min(MAX_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])  # only what this machine allows
    variables = {**dict(item.split("=", 1) for item in config.get("Env", ())), **env}
    linux: dict[str, Any] = {
        "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")],
        "maskedPaths": list(MASKED), "readonlyPaths": list(READ_ONLY),
        "resources": {"devices": [{"allow": False, "access": "rwm"}]},
    }  # fmt: skip
    if limits:
        linux["resources"] |= {
            "memory": {"limit": limits.memory}, "pids": {"limit": limits.tasks},
        }  # fmt: skip
    return {
        "ociVersion": "1.0.2", "hostname": "sandbox", "root": {"path": str(root), "readonly": True},
        "process": {
            "terminal": False, "user": {"uid": int(uid), "gid": int(gid or uid)}, "args": list(args),
            "env": [f"{name}={value}" for name, value in sorted(variables.items())],
            "cwd": config.get("WorkingDir") or "/", "noNewPrivileges": True,
            "capabilities": {kind: [] for kind in ("bounding", "effective", "permitted", "inheritable", "ambient")},
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": files, "soft": files},
                        {"type": "RLIMIT_CORE", "hard": 0, "soft": 0}],
        },
        "mounts": [*_mounts(volumes), *([_file("/etc/hosts", hosts)] if hosts else [])], "linux": linux,
    }  # fmt: skip


def _mounts(volumes: Sequence[Volume]) -> list[dict[str, Any]]:
    plain = ["nosuid", "noexec", "nodev"]
    mounts = [
        _mount("/proc", "proc", plain), _mount("/sys", "sysfs", [*plain, "ro"]),
        _mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        _mount("/dev/pts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
        _mount("/dev/shm", "tmpfs", [*plain, "mode=1777", "size=65536k"]),  # noqa: S108 - inside the container
        _mount("/dev/mqueue", "mqueue", plain),
    ]  # fmt: skip
    for volume in sorted(volumes, key=lambda item: item.path):
        if volume.kept_in is not None:
            bound = _mount(volume.path, "bind", ["nosuid", "nodev", "rbind", "rw"])
            mounts.append({**bound, "source": str(volume.kept_in)})
            continue
        owner = [f"mode={volume.mode:o}", f"uid={volume.uid}", f"gid={volume.gid}", "size=256m"]
        mounts.append(_mount(volume.path, "tmpfs", ["nosuid", "nodev", *owner]))
    return mounts


def _mount(path: str, kind: str, options: list[str]) -> dict[str, Any]:
    return {"destination": path, "type": kind, "source": kind, "options": options}


def _file(path: str, source: Path) -> dict[str, Any]:
    options = ["nosuid", "noexec", "nodev", "bind", "ro"]
    return {**_mount(path, "bind", options), "source": str(source)}
