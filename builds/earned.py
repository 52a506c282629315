"""Has a build earned its signature? Re-reads everything from order and registry; trusts no report.

`judge` gives what was found, or raises NotEarned with what does not fit. Not in charge of signing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from builds import capabilities, lease
from builds.engine.lock import Lock
from builds.models import Build
from registry import contents
from registry.models import Blob, Manifest, Repository

INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
#: What is read into memory of a config, bytes.
MAX_CONFIG = 4 << 20


class NotEarned(Exception):
    """The result does not fit the order, or a test failed: nothing is signed and no tag moves."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code, self.sentence = code, sentence
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform's image as the registry holds it. `size` is config and layers, compressed bytes."""

    architecture: str
    manifest: Manifest
    content: Mapping[str, Any]
    config: Mapping[str, Any]

    @property
    def size(self) -> int:
        layers = self.content["layers"]
        return int(self.content["config"]["size"]) + sum(int(layer["size"]) for layer in layers)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was built, as verified: the index, its platforms by architecture, and the lock it follows."""

    index: Manifest
    platforms: Mapping[str, Platform]
    lock: Lock


def judge(build: Build, staging: Repository) -> Outcome:
    """Check the build's result against its order and the registry. Raises NotEarned."""
    lock = Lock.from_json(build.lock)
    _check_tests(build.result.get("tests") or {})
    _check_scan(build.result.get("scan") or {})
    if sentence := capabilities.objection(build):
        raise NotEarned(capabilities.HELD, sentence)
    index = _manifest(staging, build.digest, INDEX_TYPE)
    platforms = _platforms(staging, index)
    wanted = set(build.spec.get("architectures") or lock.packages)
    if set(platforms) != wanted:
        raise _mismatch(f"it was ordered for {_words(wanted)} and built for {_words(platforms)}")
    for architecture, platform in platforms.items():
        _check_config(build.spec, platform)
        _check_base(build, architecture, platform)
        _check_packages(build, lock, architecture)
    return Outcome(index, platforms, lock)


def _check_tests(tests: Mapping[str, Any]) -> None:
    checks = tests.get("checks") or []
    if failed := [str(check.get("name")) for check in checks if check.get("passed") is not True]:
        raise NotEarned(
            "tests-failed", f"The image failed in the sandbox: {', '.join(dict.fromkeys(failed))}."
        )
    if not checks and not settings.PUBLISH_UNTESTED:
        raise NotEarned(
            "untested",
            "No sandbox could run the image, so it was not published. The operator may allow untested images "
            "with ASSAY_PUBLISH_UNTESTED.",
        )


def _check_scan(scan: Mapping[str, Any]) -> None:
    if blocking := [finding for finding in scan.get("findings") or [] if finding.get("is_blocking")]:
        first = blocking[0]
        raise NotEarned(
            "scan-failed",
            f"The scan found {first.get('rule')} at {first.get('path')}; nothing was published.",
        )


def _platforms(staging: Repository, index: Manifest) -> dict[str, Platform]:
    found = {}
    for entry in json.loads(bytes(index.content))["manifests"]:
        manifest = _manifest(staging, entry["digest"], MANIFEST_TYPE)
        content = json.loads(bytes(manifest.content))
        config = json.loads(_blob(staging, content["config"]["digest"]))
        architecture = str(entry.get("platform", {}).get("architecture"))
        if config.get("architecture") != architecture or config.get("os") != "linux":
            raise _mismatch(f"the config of {architecture} names another platform")
        for layer in content["layers"]:
            if not _links(staging, layer["digest"]).exists():
                raise _mismatch(f"the layer {layer['digest']} is not in the registry")
        if len(config["rootfs"]["diff_ids"]) != len(content["layers"]):
            raise _mismatch(f"config and layers of {architecture} differ in number")
        found[architecture] = Platform(architecture, manifest, content, config)
    return found


def _manifest(staging: Repository, digest: str, media_type: str) -> Manifest:
    manifest = Manifest.objects.filter(digest=digest, repository_links__repository=staging).first()
    if manifest is None:
        raise _mismatch(f"the manifest {digest} was not pushed")
    if manifest.media_type != media_type or _sha256(bytes(manifest.content)) != digest:
        raise _mismatch(f"the manifest {digest} is not what it is called")
    return manifest


def _links(staging: Repository, digest: str) -> Any:
    return Blob.objects.filter(digest=digest, state=Blob.State.LIVE, repository_links__repository=staging)


def _blob(staging: Repository, digest: str) -> bytes:
    blob = _links(staging, digest).first()
    if blob is None or blob.size > MAX_CONFIG:
        raise _mismatch(f"the config {digest} is missing or too large")
    try:
        return contents.read(blob)
    except contents.Unreadable as error:
        raise _mismatch(f"the stored config {digest} is damaged") from error


def _check_config(spec: Mapping[str, Any], platform: Platform) -> None:
    """Everything the order says about running the image must stand in the config."""
    config = platform.config.get("config") or {}
    env = dict(entry.partition("=")[::2] for entry in config.get("Env") or [])
    labels = config.get("Labels") or {}
    said = {
        "entrypoint": (spec.get("entrypoint"), config.get("Entrypoint")),
        "cmd": (spec.get("cmd"), config.get("Cmd")),
        "workdir": (spec.get("workdir"), config.get("WorkingDir")),
        "stop_signal": (spec.get("stop_signal"), config.get("StopSignal")),
    }
    for field, (ordered, built) in said.items():
        if ordered and ordered != built:
            raise _mismatch(f"the {field} is {built!r} in place of {ordered!r}")
    for field, key in (("entrypoint_append", "Entrypoint"), ("cmd_append", "Cmd")):
        words = spec.get(field) or []
        if words and (config.get(key) or [])[-len(words) :] != words:
            raise _mismatch(f"the {field} is not at the end of {config.get(key)!r}")
    _check_user(spec.get("user"), str(config.get("User") or ""))
    for name, value in (spec.get("env") or {}).items():
        if env.get(name) != value:
            raise _mismatch(f"the environment variable {name} is not as ordered")
    for name, value in (spec.get("labels") or {}).items():
        if labels.get(name) != value:
            raise _mismatch(f"the label {name} is not as ordered")


def _check_user(ordered: str | None, built: str) -> None:
    """The config names the user by number; root only when root was ordered."""
    uid = built.partition(":")[0]
    wanted = (ordered or "").partition(":")[0]
    if not uid.isdigit() or (wanted.isdigit() and wanted != uid):
        raise _mismatch(f"the user is {built!r} in place of {ordered!r}")
    if uid == "0" and wanted not in {"0", "root", ""}:
        raise _mismatch("it runs as root, which was not ordered")


def _check_base(build: Build, architecture: str, platform: Platform) -> None:
    """A golden image begins with its base's layers, untouched and in order."""
    base = build.spec.get("base")
    if not base:
        return
    digest = base["manifests"].get(architecture)
    manifest = Manifest.objects.filter(
        digest=digest, repository_links__repository=lease.mountable(build)
    ).first()
    if manifest is None:
        raise _mismatch(f"its base {digest} is not in the catalogue")
    below = [layer["digest"] for layer in json.loads(bytes(manifest.content))["layers"]]
    if [layer["digest"] for layer in platform.content["layers"]][: len(below)] != below:
        raise _mismatch("it does not begin with the layers of its base")


def _check_packages(build: Build, lock: Lock, architecture: str) -> None:
    """What was unpacked is what was locked, package by package, by digest."""
    built = {
        (str(piece["name"]), str(piece["version"]), str(piece["sha256"]))
        for piece in build.result.get("packages") or []
        if piece.get("platform", architecture) == architecture
    }
    locked = lock.packages.get(architecture, ())
    every = {(package.name, package.version, package.sha256) for package in locked}
    if strangers := built - every:
        raise _mismatch(f"it contains {min(strangers)[0]}, which is not in the lock")
    if missing := every - built:
        raise _mismatch(f"it lacks {min(missing)[0]}, which is in the lock")


def _mismatch(what: str) -> NotEarned:
    return NotEarned("result-mismatch", f"The result does not fit the order: {what}.")


def _sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _words(names: Any) -> str:
    return ", ".join(sorted(names)) or "nothing"
