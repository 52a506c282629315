"""What is known of programs without running them: their machine, their loader, their libraries."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from builds.engine.sandbox.elf import read_elf
from builds.engine.sandbox.linked import linked_checks
from builds.engine.sandbox.values import Check
from builds.engine.tar import DIRECTORY, FILE, SYMLINK, TarEntry

LIBC = Path("/usr/lib/x86_64-linux-gnu/libc.so.6")
LOADER = Path("/usr/lib64/ld-linux-x86-64.so.2")
LISTING = Path(shutil.which("true") or "/usr/bin/true").resolve()
pytestmark = pytest.mark.skipif(
    not LIBC.exists(), reason="this machine's own programs are not Debian's for amd64"
)


class Tree:
    """An image's tree, made of this machine's own programs."""

    def __init__(self, root: Path) -> None:
        self.root, self.merged = root, {"": TarEntry("", DIRECTORY, 0o755, 0, 0, 0, 0)}
        self.link("lib64", "usr/lib64")

    def add(self, path: str, content: bytes) -> None:
        self._parents(path)
        (self.root / path).write_bytes(content)
        self.merged[path] = TarEntry(path, FILE, 0o755, 0, 0, len(content), 0)

    def link(self, path: str, target: str) -> None:
        self._parents(path)
        self.merged[path] = TarEntry(path, SYMLINK, 0o777, 0, 0, 0, 0, target)

    def _parents(self, path: str) -> None:
        for parent in [*Path(path).parents][::-1][1:]:
            (self.root / parent).mkdir(exist_ok=True)
            self.merged[str(parent)] = TarEntry(str(parent), DIRECTORY, 0o755, 0, 0, 0, 0)

    def checks(self, architecture: str = "amd64", start: str = "") -> dict[str, Check]:
        config = {"Entrypoint": [start] if start else []}
        found = linked_checks(self.root, config, self.merged, architecture)
        return {"libraries" if "libraries" in check.name else "machine": check for check in found}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = Tree(tmp_path)
    made.add("usr/bin/true", LISTING.read_bytes())
    made.add("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", LOADER.read_bytes())
    made.link("usr/lib64/ld-linux-x86-64.so.2", "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
    made.add("usr/lib/x86_64-linux-gnu/libc.so.6", LIBC.read_bytes())
    return made


def arm(content: bytes) -> bytes:
    return content[:18] + (183).to_bytes(2, "little") + content[20:]


def test_a_program_with_its_loader_and_libraries_passes(tree: Tree) -> None:
    assert all(check.passed for check in tree.checks().values())


def test_a_missing_library_is_named_with_who_needs_it(tree: Tree) -> None:
    del tree.merged["usr/lib/x86_64-linux-gnu/libc.so.6"]
    assert not tree.checks()["libraries"].passed
    assert tree.checks()["libraries"].evidence == "/usr/bin/true needs libc.so.6"


def test_a_missing_loader_is_named(tree: Tree) -> None:
    del tree.merged["usr/lib64/ld-linux-x86-64.so.2"]
    assert "needs /lib64/ld-linux-x86-64.so.2" in tree.checks()["libraries"].evidence


def test_a_library_is_found_through_a_link_and_not_when_it_is_for_another_machine(tree: Tree) -> None:
    place = "usr/lib/x86_64-linux-gnu/libc.so.6"
    tree.add("opt/libc-real.so", LIBC.read_bytes())
    tree.link(place, "/opt/libc-real.so")
    assert tree.checks()["libraries"].passed
    tree.add("opt/libc-real.so", arm(LIBC.read_bytes()))
    assert not tree.checks()["libraries"].passed


def test_a_program_for_another_machine_fails(tree: Tree) -> None:
    assert "ELF machine 62" in tree.checks("arm64")["machine"].evidence
    tree.add("usr/bin/true", arm(LISTING.read_bytes()))
    assert not tree.checks("amd64")["machine"].passed
    assert tree.checks("arm64")["machine"].passed


def test_the_program_that_is_started_is_looked_at_wherever_it_lies(tree: Tree) -> None:
    tree.add("opt/app/start", arm(LISTING.read_bytes()))
    assert tree.checks()["machine"].passed
    assert "/opt/app/start" in tree.checks(start="/opt/app/start")["machine"].evidence


def test_scripts_and_damaged_files_are_no_programs(tree: Tree) -> None:
    tree.add("usr/bin/script", b"#!/bin/sh\n")
    tree.add("usr/bin/empty", b"")
    tree.add("usr/bin/cut", LISTING.read_bytes()[:80])
    assert all(check.passed for check in tree.checks().values())


@pytest.mark.parametrize("at", range(0, 900, 37))
def test_a_changed_byte_never_crashes_the_reader(at: int) -> None:
    content = bytearray(LISTING.read_bytes())
    content[at] ^= 0xFF
    read_elf(io.BytesIO(bytes(content)))
