"""Pull, unpack and run as a customer would: skopeo, umoci, runc."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

PATIENCE = 120


def need(*programs: str) -> None:
    """Skip (in CI: fail) where a real client is missing."""
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    if missing := [name for name in programs if shutil.which(name, path=path) is None]:
        pytest.skip(f"{', '.join(missing)} not installed; see make setup-test")


def skopeo(reference: str, target: Path, *, login: str, token: str) -> subprocess.CompletedProcess[str]:
    """Copy an image by reference into an OCI layout, tag `it`."""
    need("skopeo")
    return subprocess.run(
        ["skopeo", "copy", "--src-tls-verify=false", "--src-creds", f"{login}:{token}",
         f"docker://{reference}", f"oci:{target}:it"],
        check=False, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip


def run_image(layout: Path, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Unpack a layout and run it under runc with what its own configuration says, plus `args`."""
    need("umoci", "runc")
    bundle = folder / f"bundle-{secrets.token_hex(4)}"
    subprocess.run(
        ["umoci", "unpack", "--image", f"{layout}:it", str(bundle)],
        check=True, capture_output=True, timeout=PATIENCE,
    )  # fmt: skip
    _quiet(bundle / "config.json", args)
    return subprocess.run(
        ["runc", "--root", str(folder / "state"), "run", "--bundle", str(bundle), f"it-{secrets.token_hex(6)}"],
        check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE,
    )  # fmt: skip


def _quiet(path: Path, args: tuple[str, ...]) -> None:
    """No terminal, arguments added, and no control groups, which a test machine may not have."""
    config = json.loads(path.read_text())
    config["process"]["terminal"] = False
    config["process"]["args"] += args
    config["linux"].pop("cgroupsPath", None)
    config["linux"]["resources"] = {}
    config["linux"]["namespaces"] = [it for it in config["linux"]["namespaces"] if it["type"] != "cgroup"]
    path.write_text(json.dumps(config))


def person(demo: Mapping[str, object], role: str) -> dict[str, str]:
    people = demo["people"]
    assert isinstance(people, list)
    return next(person for person in people if person["role"] == role)
