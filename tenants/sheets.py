"""Tables as CSV (RFC 4180) that are safe to open in a spreadsheet, whoever wrote the cells.

Not in charge of exactness: a cell may have gained an apostrophe. Programs have JSON for that.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

#: Without it spreadsheets read UTF-8 as something older.
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
#: What makes a formula; the wide signs do in some languages.
_SIGNS = "=+@\\-\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
_BLANKS = " \N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}"
#: A sign, or what a spreadsheet skips, where a cell begins.
_BEGINS = re.compile(f"(?=[{_BLANKS}]*[{_SIGNS}\t\r\n])")
#: A sign where one would begin if semicolons parted cells, as where the comma is the decimal sign, and quotes meant nothing.
_BEGINS_WITHIN = re.compile(f"(?<=[;\t\r\n])(?=[{_BLANKS}]*[{_SIGNS}])")


def csv_table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Head and rows, line by line."""
    yield MARK + csv_line(head)
    for row in rows:
        yield csv_line(row)


def csv_line(cells: Iterable[object]) -> str:
    """One line; what a spreadsheet would take for a formula gets an apostrophe before it."""
    line = io.StringIO()
    csv.writer(line).writerow(_harmless(str(cell)) for cell in cells)
    return line.getvalue()


def _harmless(text: str) -> str:
    text = _BEGINS_WITHIN.sub("'", text)
    return f"'{text}" if _BEGINS.match(text) else text
