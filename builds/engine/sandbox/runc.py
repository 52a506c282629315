"""The default test runner: runc, with a network of its own, a read-only root, no capabilities, bounded use.

It unpacks the image once, makes the static checks, runs each command in a container of its own, then
starts the image as configured, asks its ports and stops it. An ordinary user's does so in a user namespace
(``rootless``).
"""

import json
import os
import platform
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builds.engine.built import PlatformImage
from builds.engine.durable import disk_full_named
from builds.engine.sandbox import rootless, verdicts
from builds.engine.sandbox.bundle import Limits, Volume, bundle
from builds.engine.sandbox.container import Container, SandboxError, find_runc
from builds.engine.sandbox.linked import linked_checks
from builds.engine.sandbox.place import roomy_place
from builds.engine.sandbox.rootfs import unpack_layers
from builds.engine.sandbox.static import static_checks
from builds.engine.sandbox.values import Check, Command, Probe, TestReport, TestSpec
from builds.engine.sandbox.writable import writable_places
from builds.engine.store import Store
from builds.engine.tar import TarEntry

MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
START_SECONDS = 15.0
#: What a container runtime writes for a container that is alone; the name is the one in the bundle.
HOSTS = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.0.1\tsandbox\n"
#: Commands tried at the same time.
AT_ONCE = 2
#: Whether this machine can limit containers, by the runtime's path; found out once a process.
_LIMITS: dict[str, bool] = {}
_MAKING = threading.Lock()
NO_LIMITS = (
    "This machine has no control groups to limit memory and tasks with; the tests ran without those limits."
)


@dataclass(frozen=True, slots=True)
class RuncRunner:
    """Runs tests with runc below ``folder``, or a temporary directory where there is room."""

    folder: Path | None = None

    def run(self, *, store: Store, image: PlatformImage, spec: TestSpec) -> TestReport:
        """Test one platform's image; see ``TestRunner``."""
        if rootless.is_needed():
            return rootless.run(self, store=store, image=image, spec=spec)
        runc = find_runc()
        runs_here = MACHINES.get(platform.machine()) == image.architecture
        folder = self.folder or roomy_place(image.size)
        with tempfile.TemporaryDirectory(prefix="assay-test-", dir=folder) as name:
            bench = _unpack(Path(name), store, image, spec, runc)
            checks = list(static_checks(spec, bench.config, bench.merged))
            checks += linked_checks(bench.folder / "root", bench.config, bench.merged, image.architecture)
            notes: list[str] = []
            if runs_here:
                bench = bench.with_limits(notes)
                checks += list(_run(bench))
            else:
                notes.append(
                    f"This machine cannot run {image.architecture} programs; only static checks were made."
                )
        return TestReport(_version(runc), image.architecture, runs_here, tuple(checks), tuple(notes))


@dataclass(frozen=True, slots=True)
class _Bench:
    spec: TestSpec
    config: Mapping[str, Any]
    merged: Mapping[str, TarEntry]
    folder: Path
    runc: str
    limits: Limits | None

    def container(self, args: Sequence[str]) -> Container:
        config = bundle(
            root=self.folder / "root", args=args, config=self.config, env=self.spec.env,
            volumes=self.volumes, limits=self.limits, hosts=self.folder / "hosts",
        )  # fmt: skip
        return Container(self.runc, self.folder, config)

    @property
    def volumes(self) -> list[Volume]:
        """The writable places: temporary directories, and the image's declared volumes."""
        return [
            Volume(
                path, 0o1777 if path == "/run" else entry.mode, entry.uid, entry.gid, self._kept(path, entry)
            )
            for path, entry in writable_places(self.config, self.merged)
        ]

    def _kept(self, path: str, entry: TarEntry) -> Path | None:
        """A directory for a declared volume that must outlive the containers that prepare it."""
        if not self.spec.prepare or path not in self.config.get("Volumes", {}):
            return None
        place = self.folder / "volumes" / path.strip("/").replace("/", "-")
        with _MAKING:  # commands run beside each other
            if not place.is_dir():
                place.mkdir(parents=True)
                place.chmod(entry.mode)
                os.chown(place, entry.uid, entry.gid)
        return place

    def with_limits(self, notes: list[str]) -> "_Bench":
        """Return the bench with limits if the machine can set them, else note that it cannot."""
        bench = _Bench(self.spec, self.config, self.merged, self.folder, self.runc, Limits(self.spec.memory))
        if self.runc not in _LIMITS:
            _LIMITS[self.runc] = bench.starts()
        if _LIMITS[self.runc]:
            return bench
        notes.append(NO_LIMITS)
        return self

    def starts(self) -> bool:
        """Tell whether a container can be started without a complaint about control groups."""
        try:
            with self.container(["/"]) as trial:
                trial.await_started(START_SECONDS)
        except SandboxError as error:
            return "cgroup" not in str(error)
        return True

    @property
    def command(self) -> list[str]:
        return [*self.config.get("Entrypoint", ()), *self.config.get("Cmd", ())]


def _unpack(folder: Path, store: Store, image: PlatformImage, spec: TestSpec, runc: str) -> _Bench:
    config = json.loads(store.read_blob(image.config.digest))["config"]
    root = folder / "root"
    layers = [store.blob_path(layer.descriptor.digest) for layer in image.layers]
    with disk_full_named(folder):
        root.mkdir()
        hosts = folder / "hosts"
        hosts.write_text(HOSTS)
        hosts.chmod(0o644)  # whatever this process lets others read, every user in the container may
        merged = unpack_layers(layers, root, folder)
    return _Bench(spec, config, merged, folder, runc, None)


def _version(runc: str) -> str:
    said = subprocess.run([runc, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    return " ".join(said.partition("\n")[0].replace("version", "").split()) or "runc"


def _run(bench: _Bench) -> Iterator[Check]:
    alone = [command for command in bench.spec.commands if not command.in_running]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        yield from pool.map(lambda command: _command_alone(bench, command), alone)
    for args in bench.spec.prepare:
        yield _command_alone(bench, verdicts.preparing(args))
    if bench.spec.starts:
        yield from _server(bench)


def _command_alone(bench: _Bench, command: Command) -> Check:
    began = time.monotonic()
    with bench.container(command.args) as container:
        container.await_started(START_SECONDS)
        code = container.wait(command.seconds)
        out, err = container.stdout.text(1), container.stderr.text(1)
        failure = container.failure
    seconds = time.monotonic() - began
    if failure:
        return verdicts.not_started(command, failure, seconds)
    return verdicts.of_command(command, code=code, out=out, err=err, seconds=seconds)


def _server(bench: _Bench) -> Iterator[Check]:
    """Start the image as it is configured, ask it, run commands beside it, stop it."""
    began = time.monotonic()
    with bench.container(bench.command) as container:
        container.await_started(START_SECONDS)
        for probe in bench.spec.probes:
            yield _await_answer(container, probe, began + bench.spec.within)
        if not bench.spec.probes:
            container.wait(1.0)
        for command in bench.spec.commands:
            if command.in_running:
                yield _command_beside(container, command)
        alive = container.is_running()
        patience = 0.0 if alive else 1.0  # what an ended program said is read to its end
        yield verdicts.of_running(
            alive=alive,
            code=None if alive else container.wait(0),
            out=container.stdout.text(patience),
            err=container.failure or container.stderr.text(patience),
            seconds=time.monotonic() - began,
        )
        if alive:
            yield _stop(container, bench)


def _await_answer(container: Container, probe: Probe, deadline: float) -> Check:
    began = time.monotonic()
    answer: dict[str, Any] = {"error": "never asked"}
    while time.monotonic() < deadline and container.is_running():
        answer = container.ask(probe)
        if "error" not in answer:
            break
        time.sleep(0.05)
    return verdicts.of_answer(probe, answer, time.monotonic() - began)


def _command_beside(container: Container, command: Command) -> Check:
    began = time.monotonic()
    code, out, err = container.run_beside(command.args, command.seconds)
    return verdicts.of_command(command, code=code, out=out, err=err, seconds=time.monotonic() - began)


def _stop(container: Container, bench: _Bench) -> Check:
    signal = str(bench.config.get("StopSignal") or "SIGTERM")
    began = time.monotonic()
    container.signal(signal)
    code = container.wait(bench.spec.stops_within)
    seconds = time.monotonic() - began
    return verdicts.of_stop(signal, code=code, patience=bench.spec.stops_within, seconds=seconds)
