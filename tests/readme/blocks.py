"""The shell blocks of the README: what they need, what they say they print, and how they are run in one shell."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"(?:<!-- needs: (?P<needs>[^>]+) -->\n)?```sh\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE
)
_PRINTS = re.compile(r"    # prints (.+)$", re.MULTILINE)
_MAKE = re.compile(r"^make ([a-z-]+)\b")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of shell commands. `line` is where it starts in the file, counted from 1."""

    line: int
    code: str
    needs: tuple[str, ...]

    @property
    def prints(self) -> list[str]:
        """What the reader is told to see, in its order."""
        return [text.strip() for text in _PRINTS.findall(self.code)]

    @property
    def targets(self) -> list[str]:
        """The make targets, when the block is made of nothing else; such a block is not run."""
        found = [_MAKE.match(line) for line in self.code.splitlines()]
        return [match[1] for match in found if match] if all(found) else []


def read_blocks(path: Path) -> list[Block]:
    """Every shell block of a Markdown file, in order."""
    text = path.read_text()
    return [
        Block(
            line=text.count("\n", 0, match.start("code")),
            code=match["code"],
            needs=tuple((match["needs"] or "").split()),
        )
        for match in _BLOCK.finditer(text)
    ]


def script_of(blocks: list[Block], folder: Path) -> str:
    """One script for all blocks, as a reader types them in one shell; each block's output gets its own file."""
    # A function would hide `set -e`, so each block's output is redirected in place.
    parts = ["set -eu"]
    for block in blocks:
        out = shlex.quote(str(folder / f"{block.line}.out"))
        parts.append(
            f"exec 3>&1 4>&2 >{out} 2>&1\n{block.code}exec >&3 2>&4 3>&- 4>&-\necho done {block.line}"
        )
    return "\n".join(parts)
