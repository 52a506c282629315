"""Foreign text with the numbers of its lines, for people to read and to point at. No markup of it is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

#: More lines are not shown; whoever needs them has the file.
MOST = 3000
LONGEST = 2000
# What makes text look other than it is: marks of direction, of no width, controls (https://trojansource.codes).
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True, slots=True)
class Numbered:
    """`html` has the first `MOST` of its `lines`; a line can be linked to, as `#L12`."""

    html: SafeString
    lines: int

    @property
    def is_cut(self) -> bool:
        return self.lines > MOST


def numbered(text: str) -> Numbered:
    """`text` by lines; characters that hide or turn others round are named instead."""
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    shown = enumerate((_plain(line) for line in lines[:MOST]), start=1)
    # The number is the style's: whoever selects the text copies the text alone.
    return Numbered(format_html("{}", format_html_join("", '<span id="L{}">{}\n</span>', shown)), len(lines))


def _plain(line: str) -> str:
    line = line if len(line) <= LONGEST else f"{line[:LONGEST]} …"
    return _HIDDEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", line)
