"""What is tested in a sandbox, and what was seen: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Command:
    """A program run in the image; ``stdout`` and ``stderr`` are patterns searched for in what it prints.

    :param in_running: run it beside the started server instead of in a container of its own
    :param base_only: it holds of the image itself, and need not of what is made upon it
    :param seconds: how long it may take
    """

    name: str
    args: tuple[str, ...]
    exit: int = 0
    stdout: str = ""
    stderr: str = ""
    in_running: bool = False
    base_only: bool = False
    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Probe:
    """A port that must answer: over HTTP when ``path`` is given, else by accepting a connection."""

    port: int
    path: str = ""
    status: int = 200
    contains: str = ""


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A path that must exist, with a mode (octal text) and owner when given."""

    path: str
    mode: str = ""
    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True, slots=True)
class TestSpec:
    """What must hold of an image before a tag may point to it.

    :param prepare: programs run one after another before the start, on the volumes that the server gets
    :param starts: start the image as it is configured, and expect it to stay up and answer
    :param within: seconds until every probe answers
    :param stops_within: seconds from the stop signal to the end; a container that must be killed fails
    :param no_shell: no shell may be in the image
    :param env: variables for every container of the test
    """

    __test__ = False  # not a test case, whatever its name

    prepare: tuple[tuple[str, ...], ...] = ()
    commands: tuple[Command, ...] = ()
    probes: tuple[Probe, ...] = ()
    files: tuple[FileCheck, ...] = ()
    starts: bool = False
    within: float = 20.0
    stops_within: float = 10.0
    no_shell: bool = False
    memory: int = 512 << 20
    env: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "TestSpec":
        """Read a test spec from JSON or YAML values.

        :raises TypeError: when a field is unknown
        """
        lists = ("prepare", "commands", "probes", "files")
        plain = {key: value for key, value in data.items() if key not in lists}
        prepare = tuple(tuple(str(word) for word in args) for args in data.get("prepare", ()))
        commands = tuple(
            Command(**{**item, "args": tuple(str(word) for word in item["args"])})
            for item in data.get("commands", ())
        )
        probes = tuple(Probe(**item) for item in data.get("probes", ()))
        files = tuple(FileCheck(**item) for item in data.get("files", ()))
        return cls(prepare=prepare, commands=commands, probes=probes, files=files, **plain)

    def for_customised(self, *, is_command_changed: bool) -> "TestSpec":
        """Return what must still hold of a golden image made upon the image of this spec.

        Added packages may bring a shell; a changed command may be no server, so it is not started.
        """
        kept = [command for command in self.commands if not command.base_only]
        if not is_command_changed:
            return replace(self, commands=tuple(kept), no_shell=False)
        alone = tuple(command for command in kept if not command.in_running)
        return replace(self, commands=alone, no_shell=False, starts=False, prepare=(), probes=())


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. ``evidence`` is what was seen, bounded; ``seconds`` how long it took."""

    name: str
    passed: bool
    evidence: str
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "passed": self.passed,
            "evidence": self.evidence,
            "milliseconds": round(self.seconds * 1000),
        }


@dataclass(frozen=True, slots=True)
class TestReport:
    """Everything seen of one platform's image.

    :param was_run: False when only static checks were possible, as for a foreign architecture
    :param notes: limits that this machine could not set, in sentences
    """

    __test__ = False

    runner: str
    architecture: str
    was_run: bool
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return bool(self.checks) and all(check.passed for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        return {
            "runner": self.runner, "architecture": self.architecture, "was_run": self.was_run, "passed": self.passed,
            "notes": list(self.notes), "checks": [check.to_json() for check in self.checks],
        }  # fmt: skip
