"""Where builds find packages, keep layers and keys, and test images."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from portal.settings.place import PORTAL_HOST, PORTAL_SCHEME, VAR, env

#: Directory with the verified package index snapshots (see builds.engine.snapshot).
SNAPSHOT_ROOT = Path(env("ASSAY_SNAPSHOTS", default=str(VAR / "snapshots")))
PACKAGE_CACHE = Path(env("ASSAY_PACKAGE_CACHE", default=str(Path.home() / ".cache" / "assay" / "packages")))
#: A worker's own store of fragments and layers.
ENGINE_STORE = Path(env("ASSAY_ENGINE_STORE", default=str(VAR / "engine")))
#: Signing keys; only the signer reads the private ones.
SIGNING_ROOT = Path(env("ASSAY_SIGNING", default=str(VAR / "secrets" / "signing")))
#: Where workers and clients on this machine reach the portal.
INTERNAL_URL: str = env("ASSAY_INTERNAL_URL", default=f"{PORTAL_SCHEME}://{PORTAL_HOST}")
BUILD_SUITE: str = env("ASSAY_SUITE", default="trixie")
#: Publish images that no sandbox could test. They are labelled untested everywhere.
PUBLISH_UNTESTED = env.bool("ASSAY_PUBLISH_UNTESTED", default=False)
#: What tests images before a tag moves: "runc" on the worker's machine, or a cluster ("kubernetes").
TEST_RUNNER: str = env("ASSAY_TEST_RUNNER", default="runc")
if TEST_RUNNER not in ("runc", "kubernetes"):
    raise ImproperlyConfigured(f"ASSAY_TEST_RUNNER is {TEST_RUNNER!r}; it must be runc or kubernetes.")
KUBECONFIG = Path(env("ASSAY_KUBECONFIG", default=str(Path.home() / ".kube" / "config")))
#: "" for the namespace of the kubeconfig's context.
CLUSTER_NAMESPACE: str = env("ASSAY_CLUSTER_NAMESPACE", default="")
#: Host by which the cluster's nodes pull from the registry.
CLUSTER_REGISTRY: str = env("ASSAY_CLUSTER_REGISTRY", default=PORTAL_HOST)
