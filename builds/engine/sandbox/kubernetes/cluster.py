"""The calls of the Kubernetes API that a test needs, with errors that say what the cluster refused.

Everything happens in one namespace and is found again by its labels. Not in charge of what is put there
(``objects``) nor of what it means (``runner``). Documents are JSON values, as the API has them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import yaml

from builds.engine.errors import EngineError
from builds.engine.sandbox.container import MAX_OUTPUT

if TYPE_CHECKING:
    from kubernetes.client import CoreV1Api, NetworkingV1Api

#: Seconds to connect, and to wait for an answer.
TIMEOUT = (5, 30)
KINDS = {"Pod": "pod", "Secret": "secret", "NetworkPolicy": "network_policy"}


class NoClusterError(EngineError):
    """There is no cluster to use: the kubeconfig or the client library is missing or cannot be read."""

    code: ClassVar[str] = "cluster-missing"
    is_fault: ClassVar[bool] = True
    sentence: ClassVar[str] = "The cluster for tests cannot be used: {reason}."


class ClusterRefusedError(EngineError):
    """The cluster does not answer, or does not allow what a test needs; this says nothing about the image."""

    code: ClassVar[str] = "cluster-refused"
    is_fault: ClassVar[bool] = True
    sentence: ClassVar[str] = "The cluster for tests did not {verb}: {reason}."


class Cluster:
    """One namespace of one cluster, as the holder of a kubeconfig may use it."""

    def __init__(self, core: CoreV1Api, networking: NetworkingV1Api, namespace: str) -> None:
        self.core, self._networking, self.namespace = core, networking, namespace

    @classmethod
    def of(cls, kubeconfig: Path, *, namespace: str = "", context: str = "") -> Cluster:
        """Read a kubeconfig; without a namespace its context's is taken.

        :raises NoClusterError: when it cannot be read, or the client library is not installed
        """
        try:
            from kubernetes import client, config
        except ImportError as error:
            raise NoClusterError(reason="the Python package kubernetes is not installed") from error
        try:
            contexts, current = config.list_kube_config_contexts(str(kubeconfig))
            chosen = next((one for one in contexts if one["name"] == context), None) if context else current
            if chosen is None:
                raise NoClusterError(reason=f"{kubeconfig} has no context {context}")
            api = config.new_client_from_config(str(kubeconfig), context=chosen["name"])
        except (config.ConfigException, yaml.YAMLError, OSError, ValueError, KeyError, TypeError) as error:
            raise NoClusterError(reason=f"{kubeconfig} cannot be read ({error})") from error
        place = namespace or chosen["context"].get("namespace") or "default"
        return cls(client.CoreV1Api(api), client.NetworkingV1Api(api), place)

    def close(self) -> None:
        """Let go of idle connections; the next call opens new ones."""
        for api in (self.core, self._networking):
            api.api_client.rest_client.pool_manager.clear()

    def create(self, document: Mapping[str, Any]) -> None:
        """Raises ClusterRefusedError."""
        kind = document["kind"]
        with named(f"create a {kind}"):
            self._call(kind, "create_namespaced_{}", document)

    def pod(self, name: str) -> dict[str, Any]:
        """Raises ClusterRefusedError."""
        with named("show a Pod"):
            return _json(self.core.read_namespaced_pod(name, self.namespace, **_plain()))

    def names(self, kind: str, selector: str) -> list[dict[str, Any]]:
        """The metadata of objects with these labels. Raises ClusterRefusedError."""
        with named(f"list its {kind}s"):
            listed = _json(self._call(kind, "list_namespaced_{}", label_selector=selector))
        return [item["metadata"] for item in listed["items"]]

    def delete(self, kind: str, name: str, grace: int = 1) -> None:
        """Delete an object; one that is gone already is no error. Raises ClusterRefusedError."""
        with named(f"delete a {kind}", gone_is_fine=True):
            self._call(kind, "delete_namespaced_{}", name=name, grace_period_seconds=grace)

    def log(self, pod: str, container: str, stream: str) -> str | None:
        """The beginning of what a container printed to ``Stdout``, ``Stderr`` or ``All``.

        None when the cluster cannot tell the two streams apart. Raises ClusterRefusedError.
        """
        from kubernetes.client import ApiException

        asked = {} if stream == "All" else {"stream": stream}
        with named("show a log"):
            try:
                said = self.core.read_namespaced_pod_log(
                    pod, self.namespace, container=container, limit_bytes=MAX_OUTPUT, **asked, **_plain()
                )
            except ApiException as error:
                if asked and error.status in (400, 422):
                    return None
                raise
            return bytes(said.data).decode("utf-8", "replace")

    def changes(self, pod: str, seconds: int) -> Iterator[dict[str, Any]]:
        """Yield a pod at each change, until it is deleted or the time is over. Raises ClusterRefusedError."""
        with named("watch a Pod"):
            answer = self.core.list_namespaced_pod(
                self.namespace, field_selector=f"metadata.name={pod}", watch=True, timeout_seconds=seconds,
                _preload_content=False, _request_timeout=(TIMEOUT[0], seconds + TIMEOUT[1]),
            )  # fmt: skip
            try:
                for line in _lines(answer):
                    event = json.loads(line)
                    yield event["object"]
                    if event["type"] == "DELETED":
                        return
            finally:
                answer.close()

    def _call(self, kind: str, pattern: str, *words: Any, **options: Any) -> Any:
        api = self._networking if kind == "NetworkPolicy" else self.core
        name = options.pop("name", None)
        place = (self.namespace,) if name is None else (name, self.namespace)
        return getattr(api, pattern.format(KINDS[kind]))(*place, *words, **options, **_plain())


def _plain() -> dict[str, Any]:
    return {"_preload_content": False, "_request_timeout": TIMEOUT}


def _json(answer: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer.data)
    return document


def _lines(answer: Any) -> Iterator[bytes]:
    kept = b""
    for piece in answer.stream(decode_content=True):
        *whole, kept = (kept + piece).split(b"\n")
        yield from (line for line in whole if line.strip())


@contextmanager
def named(verb: str, *, gone_is_fine: bool = False) -> Iterator[None]:
    """Say in a sentence what the API answered in place of success."""
    from kubernetes.client import ApiException
    from urllib3.exceptions import HTTPError
    from websocket import WebSocketException

    try:
        yield
    except ApiException as error:
        if not (gone_is_fine and error.status == 404):
            raise ClusterRefusedError(verb=verb, reason=_reason(error)) from error
    except (HTTPError, WebSocketException, OSError) as error:
        raise ClusterRefusedError(verb=verb, reason=f"it does not answer ({error})") from error


def _reason(error: Any) -> str:
    """What a Status object says; else the bare HTTP reason."""
    try:
        said = str(json.loads(error.body)["message"])
    except (ValueError, TypeError, KeyError):
        said = f"{error.status} {error.reason}" if error.status else str(error.reason)
    return said.rstrip(".")[:600]
