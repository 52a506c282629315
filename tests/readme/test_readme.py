"""What the README tells a newcomer to type works, and prints what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.readme.blocks import Block, read_blocks, script_of
from tests.servers.running import RunningPortal

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
CLIENTS = Path(os.environ.get("ASSAY_CLIENTS", Path.home() / ".cache/assay/clients"))
#: The names people know these by, and those of the compiled ones.
KNOWN_AS = {"cosign": "cosign3", "helm": "helm4", "oras": "oras"}
BUILT = 480


def tour() -> list[Block]:
    return [block for block in read_blocks(README) if not block.targets]


def targets_of_make() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_make_target_that_documents_name_exists() -> None:
    pages = [README, ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    named = {name for page in pages for name in re.findall(r"`make ([a-z-]+)", page.read_text())}
    named |= {name for block in read_blocks(README) for name in block.targets}
    assert {"demo", "test", "directory"} <= named
    assert named <= targets_of_make()


def test_every_file_that_documents_link_to_exists() -> None:
    pages = [README, ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A directory for PATH with the compiled clients under the names people know."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, compiled in KNOWN_AS.items():
        if (CLIENTS / compiled).exists():
            (folder / name).symlink_to(CLIENTS / compiled)
    return folder


def missing(needs: tuple[str, ...], path: str) -> list[str]:
    absent = [name for name in needs if name != "root" and shutil.which(name, path=path) is None]
    return absent + (["root"] if "root" in needs and os.geteuid() != 0 else [])


def test_the_tour_runs_as_written(running_portal: RunningPortal, programs: Path, tmp_path: Path) -> None:
    running_portal.wait_for("the starter catalogue is complete", seconds=BUILT)
    path = f"{programs}:{os.environ['PATH']}:/usr/sbin:/sbin"
    left_out = {block.line: missing(block.needs, path) for block in tour()}
    wanted = [block for block in tour() if not left_out[block.line]]
    (tmp_path / "var").symlink_to(running_portal.var)

    done = subprocess.run(
        ["bash", "-c", script_of(wanted, tmp_path)],
        cwd=tmp_path, env={**os.environ, "PATH": path, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BUILT, check=False,
    )  # fmt: skip

    outputs = {block.line: tmp_path / f"{block.line}.out" for block in wanted}
    said = {line: out.read_text() if out.exists() else "" for line, out in outputs.items()}
    ran = [int(line) for line in re.findall(r"^done (\d+)$", done.stdout, re.MULTILINE)]
    stopped = [line for line in outputs if line not in ran][:1]
    assert not stopped, f"README.md line {stopped[0]} failed:\n{said[stopped[0]]}{done.stderr}"
    for block in wanted:
        at = 0
        for text in block.prints:
            at = said[block.line].find(text, at)
            assert at >= 0, f"README.md line {block.line} does not print {text!r}:\n{said[block.line]}"
    if absent := {name for names in left_out.values() for name in names}:
        pytest.skip(f"all but what needs {', '.join(sorted(absent))}; see make clients")


def test_a_failing_command_is_found_with_its_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Text\n\n```sh\necho one\n```\n\n```sh\nfalse\necho two\n```\n")
    blocks = read_blocks(page)
    done = subprocess.run(
        ["bash", "-c", script_of(blocks, tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert done.stdout == "done 3\n"
    assert (tmp_path / "7.out").read_text() == ""
