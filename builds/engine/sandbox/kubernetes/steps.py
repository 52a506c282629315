"""The steps of one run on a cluster: programs alone, then the server prepared, started, asked and stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from builds.engine.sandbox import verdicts
from builds.engine.sandbox.kubernetes import inside, states
from builds.engine.sandbox.kubernetes.cluster import Cluster, ClusterRefusedError
from builds.engine.sandbox.kubernetes.objects import SERVER, Run
from builds.engine.sandbox.values import Check, Command, Probe

#: Programs in one pod, and so at the same time.
AT_ONCE = 4
START_SECONDS = 180.0
PAUSE = 0.3
MIXED_NOTE = (
    "This cluster's log does not tell standard output from standard error; patterns were looked for in both."
)


class NoNodeError(Exception):
    """No node of the image's architecture: nothing can be run, and that is no failure."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Puts one run's pods on the cluster. ``notes`` is where limits of the cluster are told."""

    cluster: Cluster
    run: Run
    notes: list[str]
    node_patience: float
    _begun: float = field(default_factory=time.monotonic)

    def commands(self) -> Iterator[Check]:
        """Run what is to be run alone, a few at a time, each in a container of its own."""
        alone = [command for command in self.run.spec.commands if not command.in_running]
        for at in range(0, len(alone), AT_ONCE):
            batch = {
                f"command-{at + index}": command for index, command in enumerate(alone[at : at + AT_ONCE])
            }
            yield from self._batch(f"{self.run.name}-{at}", batch)

    def _batch(self, pod: str, batch: Mapping[str, Command]) -> Iterator[Check]:
        longest = max(command.seconds for command in batch.values())
        words = {name: command.args for name, command in batch.items()}
        self.cluster.create(self.run.commands_pod(pod, words, longest + START_SECONDS))
        begun: dict[str, float] = {}
        seen: dict[str, states.ContainerState] = {}

        def is_over(found: dict[str, Any]) -> bool:
            seen.update(states.containers(found))
            now = time.monotonic()
            for name in batch:
                state = seen.get(name)
                if state is not None and (state.is_running or state.has_ended):
                    begun.setdefault(name, now)
            return all(
                (name in seen and seen[name].has_ended)
                or (name in begun and now > begun[name] + command.seconds)
                for name, command in batch.items()
            )

        self._await(pod, is_over, START_SECONDS + longest)
        yield from (self._judge(pod, name, command, seen[name]) for name, command in batch.items())
        self.cluster.delete("Pod", pod)

    def _judge(self, pod: str, name: str, command: Command, state: states.ContainerState) -> Check:
        if state.failure:
            return verdicts.not_started(command, state.failure, state.seconds)
        out, err = self._said(pod, name)
        return verdicts.of_command(command, code=state.code, out=out, err=err, seconds=state.seconds)

    def server(self, signal: str) -> Iterator[Check]:
        """Prepare, start, ask and stop the image as it is configured."""
        spec = self.run.spec
        preparing = [verdicts.preparing(args) for args in spec.prepare]
        if not (spec.starts or preparing):
            return
        pod = f"{self.run.name}-server"
        seconds = START_SECONDS + spec.within + sum(each.seconds for each in (*spec.commands, *preparing))
        self.cluster.create(self.run.server_pod(pod, seconds))
        prepared = list(self._prepared(pod, preparing))
        yield from prepared
        if not spec.starts or not all(check.passed for check in prepared):
            return
        found = self._await(pod, lambda one: _has_begun(one) or _has_failed(one), START_SECONDS)
        if not _has_begun(found):
            raise ClusterRefusedError(verb="start the server", reason=_phase(found))
        began = time.monotonic()
        yield from self._asked(pod, began)
        yield from self._beside(pod)
        yield from self._ended(pod, signal, began)

    def _prepared(self, pod: str, preparing: list[Command]) -> Iterator[Check]:
        """Each preparation in turn; after one that fails, the pod starts nothing more."""
        for at, command in enumerate(preparing):
            name = f"prepare-{at}"
            found = self._await(pod, _ended_or_failed(name), START_SECONDS)
            check = self._judge(pod, name, command, _state(found, name))
            yield check
            if not check.passed:
                return

    def _asked(self, pod: str, began: float) -> Iterator[Check]:
        """Every port's answer, and that the kubelet found the first one open at the pod's own address."""
        deadline = began + self.run.spec.within
        for probe in self.run.spec.probes:
            yield self._answer(pod, probe, deadline)
        if self.run.spec.probes:
            state = self._until(
                pod, lambda one: one.is_ready or not one.is_running, max(deadline, time.monotonic() + 3)
            )
            port = self.run.spec.probes[0].port
            seen = "ready" if state.is_ready else "the kubelet did not find it open"
            name = f"is reached on port {port} from outside the pod"
            yield Check(name, state.is_ready, seen, time.monotonic() - began)
        else:
            self._until(pod, lambda one: not one.is_running, time.monotonic() + 1)

    def _answer(self, pod: str, probe: Probe, deadline: float) -> Check:
        began = time.monotonic()
        answer: dict[str, Any] = {"error": "never asked"}
        while time.monotonic() < deadline:
            try:
                answer = inside.ask(self.cluster, pod, probe)
            except ClusterRefusedError:
                if _state(self.cluster.pod(pod), SERVER).is_running:
                    raise
                break
            if "error" not in answer or not _state(self.cluster.pod(pod), SERVER).is_running:
                break
            time.sleep(PAUSE)
        return verdicts.of_answer(probe, answer, time.monotonic() - began)

    def _beside(self, pod: str) -> Iterator[Check]:
        for command in self.run.spec.commands:
            if not command.in_running:
                continue
            began = time.monotonic()
            if not _state(self.cluster.pod(pod), SERVER).is_running:
                yield verdicts.not_started(command, "the server had ended", 0)
                continue
            code, out, err = inside.run_beside(self.cluster, pod, SERVER, command.args, command.seconds)
            seconds = time.monotonic() - began
            yield verdicts.of_command(command, code=code, out=out, err=err, seconds=seconds)

    def _ended(self, pod: str, signal: str, began: float) -> Iterator[Check]:
        """That it is still up, and that it ends when the cluster deletes its pod, which is its stop signal."""
        state = _state(self.cluster.pod(pod), SERVER)
        out, err = ("", state.failure) if state.failure else self._said(pod, SERVER)
        seconds = time.monotonic() - began
        yield verdicts.of_running(alive=state.is_running, code=state.code, out=out, err=err, seconds=seconds)
        if not state.is_running:
            return
        patience, begun = self.run.spec.stops_within, time.monotonic()
        changes = self.cluster.changes(pod, seconds=int(patience) + 60)
        first = next(changes)  # the watch stands before the pod is deleted
        last = _state(first, SERVER)
        self.cluster.delete("Pod", pod, grace=max(1, round(patience)))
        for found in changes:
            last = _state(found, SERVER)
            if last.has_ended:
                break
        # Killed when its time was over: 128 and the number of SIGKILL.
        code = None if last.code in (None, 137) else last.code
        yield verdicts.of_stop(signal, code=code, patience=patience, seconds=time.monotonic() - begun)

    def _said(self, pod: str, container: str) -> tuple[str, str]:
        """Standard output and standard error; both texts are everything where the cluster mixes them."""
        out = self.cluster.log(pod, container, "Stdout")
        err = self.cluster.log(pod, container, "Stderr") if out is not None else None
        if out is not None and err is not None:
            return out, err
        if MIXED_NOTE not in self.notes:
            self.notes.append(MIXED_NOTE)
        said = self.cluster.log(pod, container, "All") or ""
        return said, said

    def _until(
        self, pod: str, is_over: Callable[[states.ContainerState], bool], deadline: float
    ) -> states.ContainerState:
        while not is_over(state := _state(self.cluster.pod(pod), SERVER)) and time.monotonic() < deadline:
            time.sleep(PAUSE)
        return state

    def _await(self, pod: str, is_over: Callable[[dict[str, Any]], bool], seconds: float) -> dict[str, Any]:
        """Wait for a pod's state; give the pod as it then is.

        :raises NoNodeError: when there is no node of its architecture
        :raises ClusterRefusedError: when it cannot start for reasons of the cluster's
        """
        began = time.monotonic()
        while True:
            found, waited = self.cluster.pod(pod), time.monotonic() - began
            self._check(found, waited)
            if is_over(found):
                return found
            if waited > seconds:
                raise ClusterRefusedError(verb="run a Pod in time", reason=_phase(found))
            time.sleep(PAUSE)

    def _check(self, pod: Mapping[str, Any], waited: float) -> None:
        """Raises what keeps a pod from running for reasons that do not lie in the image."""
        if (reason := states.unschedulable(pod)) and waited > self.node_patience:
            if states.NO_NODE in reason:
                raise NoNodeError
            raise ClusterRefusedError(verb="run a Pod", reason=reason.rstrip("."))
        for state in states.containers(pod).values():
            if state.failure and not states.is_the_images_own(state.failure):
                raise ClusterRefusedError(verb="start a container", reason=state.failure.rstrip("."))


def _state(pod: Mapping[str, Any], name: str) -> states.ContainerState:
    return states.containers(pod).get(name, states.ContainerState())


def _ended_or_failed(name: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda pod: _state(pod, name).has_ended or _has_failed(pod)


def _has_begun(pod: Mapping[str, Any]) -> bool:
    state = _state(pod, SERVER)
    return state.is_running or state.has_ended


def _has_failed(pod: Mapping[str, Any]) -> bool:
    return bool((pod.get("status") or {}).get("phase") == "Failed")


def _phase(pod: Mapping[str, Any]) -> str:
    status = pod.get("status") or {}
    return (
        " ".join(str(status[key]) for key in ("phase", "reason", "message") if status.get(key)) or "unknown"
    )
