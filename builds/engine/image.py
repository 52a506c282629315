"""The documents of an image: configuration, manifest and index, as the OCI image specification 1.1 has them.

Not in charge of layers' bytes, nor of where documents are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from builds.engine.canonical import canonical_json, sha256_digest
from builds.engine.spec.values import Spec

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NONROOT = "65532:65532"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What an OCI document says to point at another: type, digest, bytes."""

    media_type: str
    digest: str
    size: int

    def to_json(self) -> dict[str, Any]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


@dataclass(frozen=True, slots=True)
class ImageLayer:
    """A layer of an image. ``is_shared`` layers are the same in other images; ``is_new`` ones were made now.

    ``kind`` is ``skeleton``, ``packages``, ``own`` or ``base``; ``name`` is the plan's group.
    """

    descriptor: Descriptor
    diff_id: str
    kind: str
    name: str
    packages: tuple[str, ...] = ()
    raw_size: int = 0
    is_shared: bool = False
    is_new: bool = False


def describe(media_type: str, document: Mapping[str, Any]) -> tuple[Descriptor, bytes]:
    """Return the descriptor and the bytes of a document."""
    data = canonical_json(document)
    return Descriptor(media_type, sha256_digest(data), len(data)), data


def timestamp(epoch: int) -> str:
    """Return seconds since 1970 as RFC 3339 in UTC."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def platform(architecture: str) -> dict[str, str]:
    variant = {"variant": "v8"} if architecture == "arm64" else {}
    return {"os": "linux", "architecture": architecture, **variant}


def config_document(
    *, spec: Spec, architecture: str, user: str, env: Mapping[str, str], epoch: int,
    layers: Sequence[ImageLayer], base: Mapping[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
    """Return the configuration of an image.

    Entrypoint and command follow what container tools do: setting the entrypoint drops an inherited
    command, setting only the command keeps the entrypoint, appending keeps both. Maps and sets are joined with the base's.

    :param user: numeric ``uid:gid`` if the spec names a user, else "" for the base's or the default
    :param env: variables that packages call for; the base's and the spec's win over them
    :param base: the base image's configuration document
    """
    before: Mapping[str, Any] = (base or {}).get("config", {})
    old_layers = len((base or {}).get("rootfs", {}).get("diff_ids", ()))
    history = list((base or {}).get("history", ()))
    history += [{"created": timestamp(epoch), "created_by": _story(layer)} for layer in layers[old_layers:]]
    return {
        "created": timestamp(epoch),
        **platform(architecture),
        "config": _process(spec, user, env, before),
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": history,
    }


def _story(layer: ImageLayer) -> str:
    names = " ".join(layer.packages)
    return f"{layer.kind}: {names}" if names else layer.kind


def _process(spec: Spec, user: str, env: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    variables = {
        "PATH": PATH,
        **env,
        **dict(item.split("=", 1) for item in before.get("Env", ())),
        **spec.env,
    }
    config: dict[str, Any] = {
        "User": user or before.get("User", NONROOT),
        "Env": [f"{name}={variables[name]}" for name in ("PATH", *sorted(set(variables) - {"PATH"}))],
        "WorkingDir": spec.workdir if spec.workdir is not None else before.get("WorkingDir", "/"),
        **_command(spec, before),
    }
    labels = {**before.get("Labels", {}), **spec.labels}
    ports = {**before.get("ExposedPorts", {}), **{_port(port): {} for port in spec.ports}}
    volumes = {**before.get("Volumes", {}), **{volume: {} for volume in spec.volumes}}
    stop = spec.stop_signal or before.get("StopSignal", "")
    optional = {"Labels": labels, "ExposedPorts": ports, "Volumes": volumes, "StopSignal": stop}
    return config | {key: value for key, value in optional.items() if value}


def _command(spec: Spec, before: Mapping[str, Any]) -> dict[str, list[str]]:
    entrypoint = list(spec.entrypoint) if spec.entrypoint is not None else before.get("Entrypoint", [])
    if spec.cmd is not None:
        cmd = list(spec.cmd)
    else:
        cmd = [] if spec.entrypoint is not None else before.get("Cmd", [])
    entrypoint, cmd = [*entrypoint, *spec.entrypoint_append], [*cmd, *spec.cmd_append]
    return {key: value for key, value in {"Entrypoint": entrypoint, "Cmd": cmd}.items() if value}


def _port(port: str) -> str:
    return port if "/" in port else f"{port}/tcp"


def manifest_document(
    *, spec: Spec, config: Descriptor, layers: Sequence[ImageLayer], epoch: int, base_digest: str
) -> dict[str, Any]:
    """Return the manifest of one platform's image."""
    annotations = {**spec.annotations, "org.opencontainers.image.created": timestamp(epoch)}
    if base_digest:
        annotations["org.opencontainers.image.base.digest"] = base_digest
    return {
        "schemaVersion": 2, "mediaType": MANIFEST, "config": config.to_json(),
        "layers": [layer.descriptor.to_json() for layer in layers], "annotations": annotations,
    }  # fmt: skip


def index_document(spec: Spec, manifests: Sequence[tuple[str, Descriptor]], epoch: int) -> dict[str, Any]:
    """Return the index over the platforms' manifests, in order of architecture."""
    return {
        "schemaVersion": 2, "mediaType": INDEX,
        "manifests": [
            {**descriptor.to_json(), "platform": platform(architecture)} for architecture, descriptor in sorted(manifests)
        ],
        "annotations": {**spec.annotations, "org.opencontainers.image.created": timestamp(epoch)},
    }  # fmt: skip
