"""Lines of CSV that spreadsheets take for what they are."""

from __future__ import annotations

import csv
import io

import pytest

from tenants.sheets import MARK, csv_line, csv_table


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\u00a0=1", "\ufeff=1", "\uff1d1+1", "\uff0b1",
     "\uff0d1", "\uff20x", '=HYPERLINK("https://elsewhere.example","x")'],
)  # fmt: skip
def test_a_cell_that_would_be_a_formula_is_text(text):
    (cell,) = next(csv.reader(io.StringIO(csv_line([text]), newline="")))
    assert cell == f"'{text}"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a;b; @x", "a;b;' @x"),
        ("a\n=1", "a\n'=1"),
        ("a\t-1", "a\t'-1"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\n=1", "'\n'=1"),
        ("\tx", "'\tx"),
    ],
)
def test_a_formula_within_a_cell_is_text_where_semicolons_part_cells(text, cell):
    assert next(csv.reader(io.StringIO(csv_line([text]), newline=""))) == [cell]


def test_a_table_says_its_encoding_and_its_columns_first():
    assert list(csv_table(("name", "note"), [("东", 'a "b"')])) == [
        f"{MARK}name,note\r\n",
        '东,"a ""b"""\r\n',
    ]


@pytest.mark.parametrize(
    "text", ["", "a=1", "a; b", "a;b=1", "1-2", "a,b", 'a"b', "a\nb", "2.41-12", "CVE-2026-1"]
)
def test_any_other_cell_is_left_as_it_is(text):
    assert next(csv.reader(io.StringIO(csv_line([text, 7]), newline=""))) == [text, "7"]
