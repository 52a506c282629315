"""The reviewed rules for the contents of files: compiled once a process, named by one digest.

Rules are data beside this module, in YARA's language. Not in charge of which files are looked at.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "rules"
_CAPABILITY = re.compile(r'^rule (\w+) : capability \{\s+meta:\s+sentence = "([^"]+)"', re.MULTILINE)
#: Seconds for one file; the rules take milliseconds for megabytes.
PATIENCE = 60


def rule_files(folder: Path = FOLDER) -> list[Path]:
    return sorted(folder.glob("*.yar"))


@lru_cache(maxsize=1)
def rules_digest() -> str:
    """The digest over rules, engine and the checks of file modes; part of every cached scan's key."""
    hashed = hashlib.sha256(version("yara-x").encode())
    for file in [*rule_files(), *sorted(Path(__file__).parent.glob("*.py"))]:
        hashed.update(file.name.encode() + b"\0" + file.read_bytes())
    return "sha256:" + hashed.hexdigest()


@lru_cache(maxsize=1)
def capability_sentences(folder: Path = FOLDER) -> dict[str, str]:
    """What each capability is in words, by the name that scans give it."""
    text = "".join(file.read_text(encoding="utf-8") for file in rule_files(folder))
    return {name.replace("_", "-"): sentence for name, sentence in _CAPABILITY.findall(text)}


@lru_cache(maxsize=1)
def _compiled() -> Any:
    import yara_x

    compiler = yara_x.Compiler()
    for file in rule_files():
        compiler.new_namespace(file.stem)
        compiler.add_source(file.read_text(encoding="utf-8"), origin=file.name)
    return compiler.build()


class Matcher:
    """Tells which rules a file's content meets; one for each thread."""

    def __init__(self) -> None:
        import yara_x

        self._scanner = yara_x.Scanner(_compiled())
        self._scanner.set_timeout(PATIENCE)

    def matches(self, content: bytes) -> Iterator[tuple[str, str, str]]:
        """Give (kind, rule, sentence) for each rule met; the kind is the rule's tag."""
        for rule in self._scanner.scan(content).matching_rules:
            yield rule.tags[0], str(rule.identifier).replace("_", "-"), str(dict(rule.metadata)["sentence"])
