"""Django's makemessages, as this repository keeps its catalogues: by text, without places in files or dates.

So a text that moves changes nothing, and two people who add texts seldom meet. Not in charge of compiling: that is
`deploy/setup/messages.sh`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.management.commands import makemessages

ELSEWHERE = (".venv", "tests", "bench", "docs", "deploy", "static", "var")
_DATE = re.compile(r'^"POT-Creation-Date: .*\\n"\n', re.MULTILINE)


class Command(makemessages.Command):
    msgmerge_options = ["-q", "--backup=none", "--no-fuzzy-matching", "--update"]
    msgattrib_options = ["--no-obsolete", "--sort-output"]

    def handle(self, *args: Any, **options: Any) -> None:
        options.update(no_location=True, no_wrap=True, no_obsolete=True)
        options["ignore_patterns"] = [*options["ignore_patterns"], *ELSEWHERE]
        super().handle(*args, **options)

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        po = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        po.write_text(_DATE.sub("", po.read_text()))
