"""Run every cell of every client, print what came of each, and write the table of docs/clients.md.

    python -m tests.clients.interop [--no-page]

A client that is not there counts as failed. The last line counts cells; the exit status is 1 when one failed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.clients.cells import CELLS, Cell
from tests.clients.shop import Client, Shop, open_secure_shop, open_shop
from tests.conformance.server import ROOT

PAGE = ROOT / "docs" / "clients.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


@dataclass(frozen=True, slots=True)
class Result:
    cell: Cell
    version: str
    #: Why it failed, on one line; "" when it passed.
    reason: str

    @property
    def word(self) -> str:
        return "fail" if self.reason else "pass"


def run(cell: Cell, shop: Shop) -> Result:
    if not cell.program.is_here:
        return Result(cell, "", "not installed")
    with tempfile.TemporaryDirectory(prefix="assay-client-", ignore_cleanup_errors=True) as home:
        try:
            cell.run(Client(Path(home), shop), shop)
        except Exception as error:
            return Result(cell, cell.program.version, " ".join(str(error).split())[:600] or repr(error))
    return Result(cell, cell.program.version, "")


def run_all() -> Iterator[Result]:
    with ExitStack() as stack:
        plain, secure = stack.enter_context(open_shop()), stack.enter_context(open_secure_shop())
        for cell in sorted(CELLS, key=lambda one: one.program.title):
            yield run(cell, secure if cell.is_secure else plain)


def table(results: list[Result]) -> str:
    rows = [
        f"| {one.cell.program.title} | {one.version} | {one.cell.operation} | {one.word} |" for one in results
    ]
    return "\n".join(["| client | version | operation | result |", "|---|---|---|---|", *rows])


def write_page(results: list[Result]) -> None:
    """Replace the table between its two marks; the words around it are people's."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table(results)}\n{END}{after}")


def main() -> int:
    results = []
    for result in run_all():
        print(
            f"{result.word}  {result.cell.program.title}: {result.cell.operation}  {result.reason}",
            flush=True,
        )
        results.append(result)
    if "--no-page" not in sys.argv:
        write_page(results)
    failed = sum(bool(one.reason) for one in results)
    print(f"interop: {len(results) - failed} cells pass, {failed} fail")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
