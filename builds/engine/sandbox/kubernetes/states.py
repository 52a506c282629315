"""How far a pod is, read from its status: containers by name, and what keeps it from starting.

Kubernetes API v1, PodStatus. Values only; not in charge of waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from builds.engine.sandbox.container import NO_PROGRAM

#: The kubelet's reasons for a container that could not be started, by whose matter that is.
PULLING = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "RegistryUnavailable")
STARTING = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError")
NO_NODE = "didn't match Pod's node affinity/selector"


@dataclass(frozen=True, slots=True)
class ContainerState:
    """One container: ``code`` and ``failure`` once it has ended or could not start."""

    is_running: bool = False
    is_ready: bool = False
    code: int | None = None
    failure: str = ""
    seconds: float = 0.0

    @property
    def has_ended(self) -> bool:
        return self.code is not None or bool(self.failure)


def containers(pod: Mapping[str, Any]) -> dict[str, ContainerState]:
    """Every container that the kubelet has spoken of, those that prepare included."""
    status = pod.get("status") or {}
    listed = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    return {one["name"]: _state(one) for one in listed}


def _state(status: Mapping[str, Any]) -> ContainerState:
    state = status.get("state") or {}
    if running := state.get("running"):
        return ContainerState(
            is_running=True, is_ready=bool(status.get("ready")), seconds=_since(running, None)
        )
    if ended := state.get("terminated"):
        failure = str(ended.get("message", "")) if ended.get("reason") in STARTING else ""
        return ContainerState(code=int(ended["exitCode"]), failure=failure, seconds=_since(ended, ended))
    waiting = state.get("waiting") or {}
    said = f"{waiting.get('reason')}: {waiting.get('message', '')}"
    return ContainerState(failure=said if waiting.get("reason") in (*PULLING, *STARTING) else "")


def _since(begun: Mapping[str, Any], ended: Mapping[str, Any] | None) -> float:
    """Whole seconds, as the kubelet tells time; 0 while something runs."""
    if ended is None or not begun.get("startedAt") or not ended.get("finishedAt"):
        return 0.0
    first, last = (datetime.fromisoformat(str(ended[key])) for key in ("startedAt", "finishedAt"))
    return (last - first).total_seconds()


def is_the_images_own(failure: str) -> bool:
    """Whether a container could not start for a reason that lies in the image: its program, or its user."""
    return NO_PROGRAM.search(failure) is not None or "runAsNonRoot" in failure


def unschedulable(pod: Mapping[str, Any]) -> str:
    """Why no node takes a pod; "" while that is open or once one has."""
    for condition in (pod.get("status") or {}).get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            return str(condition.get("message", ""))
    return ""
