"""What people use today, on the same files: mmdebstrap into a tar with gzip, apt-get within buildah."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

#: What our images leave out, told to dpkg, so that both sides pack the same files.
EXCLUDES = ("/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/doc/*")
KEPT = ("/usr/share/doc/*/copyright",)


class PeerFailed(RuntimeError):
    """A peer did not do what it was asked; its words say why."""


def _run(command: Sequence[str | Path], **environ: str) -> float:
    """Run a command; give its seconds. Raises PeerFailed."""
    began = time.perf_counter()
    run = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False,
        env={**os.environ, "LC_ALL": "C", **environ},
    )  # fmt: skip
    if run.returncode:
        raise PeerFailed(f"{command[0]}: {run.stderr[-2000:]}")
    return time.perf_counter() - began


def mmdebstrap(repository: Path, names: Iterable[str], target: Path, *, variant: str = "extract") -> float:
    """Make a tar with gzip of the named packages; give the seconds.

    `extract` unpacks exactly these and runs no script, as we do; other variants add what they need to run them.
    """
    target.unlink(missing_ok=True)
    options = [f"--dpkgopt=path-exclude={path}" for path in EXCLUDES]
    options += [f"--dpkgopt=path-include={path}" for path in KEPT]
    return _run(
        ["mmdebstrap", "--quiet", "--mode=root", f"--variant={variant}", f"--include={','.join(names)}", *options,
         "trixie", target, f"deb [trusted=yes] copy:{repository} ./"]
    )  # fmt: skip


class Buildah:
    """A Debian image with apt, and what installing a few packages upon it takes. Storage of its own, no overlay."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self._folder, self._repository = folder, repository
        self._base = [
            "buildah",
            "--root",
            folder / "root",
            "--runroot",
            folder / "run",
            "--storage-driver",
            "vfs",
        ]

    def prepare(self) -> None:
        """Make the base image once, with the repository as its only source. Not timed."""
        tar = self._folder / "base.tar"
        _run(["mmdebstrap", "--quiet", "--mode=root", "--variant=apt", "trixie", tar])
        name = self._say("from", "scratch")
        _run([*self._base, "add", "--quiet", name, tar, "/"])
        source = self._folder / "sources.list"
        source.write_text("deb [trusted=yes] file:/repository ./\n")
        _run([*self._base, "copy", "--quiet", name, source, "/etc/apt/sources.list"])
        _run([*self._base, "run", "--isolation", "chroot", "-v", f"{self._repository}:/repository:ro", name, "--",
              "apt-get", "-qq", "update"])  # fmt: skip
        _run([*self._base, "commit", "--quiet", "--rm", name, "bench-base"])

    def add(self, names: Sequence[str]) -> float:
        """Install packages upon the base and commit one more layer to an OCI layout; give the seconds."""
        began = time.perf_counter()
        name = self._say("from", "bench-base")
        _run([*self._base, "run", "--isolation", "chroot", "-v", f"{self._repository}:/repository:ro", name, "--",
              "apt-get", "-qq", "-y", "--no-install-recommends", "install", *names],
             DEBIAN_FRONTEND="noninteractive")  # fmt: skip
        target = self._folder / "layout"
        _run([*self._base, "commit", "--quiet", "--rm", name, f"oci:{target}:bench"])
        took = time.perf_counter() - began
        _run(["rm", "-rf", target])
        return took

    def _say(self, *words: str) -> str:
        command = [str(word) for word in (*self._base, *words)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise PeerFailed(f"buildah: {run.stderr[-2000:]}")
        return run.stdout.split()[-1]
