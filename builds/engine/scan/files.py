"""Look into files: their modes, their machine, their contents against the rules.

Not in charge of where files come from, nor of what a finding means for a release beyond whether it blocks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from builds.engine.scan.ruleset import Matcher
from builds.engine.scan.values import Finding, Scan
from builds.engine.tar import DIRECTORY, FILE, TarEntry

Files = Iterable[tuple[TarEntry, Any]]
# e_machine of ELF (gabi), by the formats' names of architectures.
MACHINES = {"amd64": 62, "x86_64": 62, "arm64": 183, "aarch64": 183}
#: Nothing larger is matched against the rules; its mode and machine are.
MAX_FILE = 256 << 20
#: Files that are named for each capability of a package.
NAMED = 3


def scan_files(files: Files, architecture: str) -> Scan:
    """Scan entries with their content.

    :param architecture: the package's; programs for another machine are a finding, but not for ``all``
    """
    matcher, findings = Matcher(), list[Finding]()
    capabilities: dict[str, list[str]] = {}
    for entry, content in files:
        findings += _mode(entry)
        if entry.kind != FILE or not entry.size:
            continue
        findings += _machine(bytes(content[:20]), entry.path, architecture)
        if entry.size > MAX_FILE:
            continue
        for kind, rule, sentence in matcher.matches(bytes(content)):
            if kind == "capability":
                capabilities.setdefault(rule, []).append(entry.path)
            else:
                findings.append(Finding(rule, entry.path, sentence, is_blocking=kind == "malware"))
    named = {rule: tuple(sorted(paths)[:NAMED]) for rule, paths in sorted(capabilities.items())}
    return Scan(tuple(sorted(findings, key=lambda one: (one.path, one.rule))), named)


def _mode(entry: TarEntry) -> Iterable[Finding]:
    """World-writable files, world-writable directories that are not sticky, and set-id bits."""
    if entry.kind not in (FILE, DIRECTORY):
        return
    spelt = f"mode {entry.mode:04o}"
    if entry.mode & 0o002 and not (entry.kind == DIRECTORY and entry.mode & 0o1000):
        yield Finding("world-writable", entry.path, spelt)
    if entry.kind == FILE and entry.mode & 0o6000:
        yield Finding("set-id", entry.path, spelt, is_blocking=True)


def _machine(head: bytes, path: str, architecture: str) -> Iterable[Finding]:
    expected = MACHINES.get(architecture)
    if expected is None or head[:4] != b"\x7fELF":
        return
    machine = int.from_bytes(head[18:20], "little")
    if machine not in (0, expected):  # 0, EM_NONE: data in ELF's clothes, as Guile's compiled modules are
        yield Finding("foreign-machine", path, f"ELF machine {machine}")
