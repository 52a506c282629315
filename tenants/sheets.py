"""Lines of CSV (RFC 4180) that are safe to open in a spreadsheet, whoever wrote the cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

#: A cell that begins so is taken for a formula; the wide ones by spreadsheets in some languages.
_FORMULA = tuple(
    "=+-@\t\r\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)


def csv_line(cells: Iterable[object]) -> str:
    """One line; a cell that would be a formula gets an apostrophe before it, also behind spaces."""
    line = io.StringIO()
    csv.writer(line).writerow(_harmless(str(cell)) for cell in cells)
    return line.getvalue()


def _harmless(text: str) -> str:
    return (
        f"'{text}"
        if text.lstrip(" \N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}").startswith(_FORMULA)
        else text
    )
