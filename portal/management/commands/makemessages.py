"""Django's makemessages, as this repository keeps its catalogues: by text, without places in files or dates.

So a text that moves changes nothing, and two people who add texts seldom meet. The sentences of the starter catalogue
are gathered from where they are written, too. Not in charge of compiling: that is `deploy/setup/messages.sh`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from django.core.management.commands import makemessages

from catalog.charts.options import options_of
from catalog.sentences import CONTEXT, NO_SHELL, paragraphs

ELSEWHERE = (".venv", "tests", "bench", "docs", "deploy", "static", "var")
EXTENSIONS = ["html", "txt", "py", "yaml", "md"]
#: The YAML and Markdown files whose sentences people read; of others none is looked at.
DEFINITION = re.compile(r"\./builds/starter/images/[^/]+\.yaml")
DESCRIPTION = re.compile(r"\./builds/starter/images/[^/]+\.md")
CHART = re.compile(r"\./catalog/charts/sources/[^/]+/Chart\.yaml")
VALUES = re.compile(r"\./catalog/charts/sources/[^/]+/values\.yaml")
#: What is filled in when a chart is packaged; none of it in a sentence.
_FACT = re.compile(r"@[^@\s]+@")
_DATE = re.compile(r'^"POT-Creation-Date: .*\\n"\n', re.MULTILINE)


class SourceFile(makemessages.BuildFile):
    """One file that is read for texts; YAML and Markdown are made into the Python that would say the same."""

    def preprocess(self) -> None:
        if self.path.endswith((".yaml", ".md")):
            text = Path(self.path).read_text()
            said = paragraphs(text) if self.path.endswith(".md") else sentences_in(self.path, text)
            Path(self.work_path).write_text("".join(_call(one) for one in dict.fromkeys(said) if one))
        else:
            super().preprocess()


def _call(sentence: str) -> str:
    return f"pgettext({json.dumps(CONTEXT)}, {json.dumps(sentence, ensure_ascii=False)})\n"


def sentences_in(path: str, text: str) -> Iterator[str]:
    """What pages show of a definition, a Chart.yaml or a chart's values; of a definition also its tests' names."""
    text = _FACT.sub("fact", text)
    body: dict[str, Any] = yaml.safe_load(text)
    if DEFINITION.fullmatch(path):
        yield from (body["summary"], body.get("shell", NO_SHELL))
        streams = [stream.get("tests", {}) for stream in body["streams"]]
        yield from (
            command["name"] for tests in (body["tests"], *streams) for command in tests.get("commands", ())
        )
    elif CHART.fullmatch(path):
        yield body["description"]
    else:
        yield from (option["note"] for option in options_of(text, yaml.compose(text), body, None))


class Command(makemessages.Command):
    build_file_class = SourceFile
    msgmerge_options = ["-q", "--backup=none", "--no-fuzzy-matching", "--update"]
    msgattrib_options = ["--no-obsolete", "--sort-output"]

    def handle(self, *args: Any, **options: Any) -> None:
        options.update(no_location=True, no_wrap=True, no_obsolete=True, extensions=EXTENSIONS)
        options["ignore_patterns"] = [*options["ignore_patterns"], *ELSEWHERE]
        super().handle(*args, **options)

    def find_files(self, root: str) -> list[makemessages.TranslatableFile]:
        return [
            found
            for found in super().find_files(root)
            if not found.path.endswith((".yaml", ".md")) or _is_read_by_people(found.path)
        ]

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        po = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        po.write_text(_DATE.sub("", po.read_text()))


def _is_read_by_people(path: str) -> bool:
    return any(kind.fullmatch(path) for kind in (DEFINITION, DESCRIPTION, CHART, VALUES))
