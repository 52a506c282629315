"""Reads a catalogue of translations as it lies in the repository. Not in charge of compiling it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]
CHINESE = ROOT / "portal" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
_LINE = re.compile(r'(?P<key>msgctxt|msgid_plural|msgid|msgstr(?:\[[0-9]\])?) (?P<text>".*")')
_PLACE = re.compile(r"%\(\w+\)[sd]|\{\w*\}|<[^>]+>|&\w+;")


@dataclass
class Message:
    notes: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.said.get("msgctxt", ""), self.said["msgid"]

    @property
    def translations(self) -> list[str]:
        return [text for key, text in self.said.items() if key.startswith("msgstr")]

    @property
    def places(self) -> set[str]:
        """What a translation must hold as well: values and markup."""
        return set(_PLACE.findall(self.said.get("msgid_plural", self.said["msgid"])))

    def lacks(self, text: str) -> set[str]:
        return self.places ^ set(_PLACE.findall(text))


def messages(path: Path = CHINESE) -> list[Message]:
    """All of a catalogue but its head."""
    found = [_message(block) for block in path.read_text().strip().split("\n\n")]
    return [one for one in found if one.said.get("msgid")]


def _message(block: str) -> Message:
    message, key = Message(), ""
    for line in block.splitlines():
        if line.startswith("#"):
            message.notes.append(line)
        elif match := _LINE.fullmatch(line):
            key = match["key"]
            message.said[key] = ast.literal_eval(match["text"])
        else:
            message.said[key] += ast.literal_eval(line)
    return message
