"""How a bench speaks: while it runs, and in the end by a table, also in a page, and one JSON object on the last line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

#: Where the table is in a page.
BEGIN, END = "<!-- measured -->", "<!-- end -->"


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def share(seconds: Sequence[float], part: float) -> float:
    """Milliseconds that this part of all stays below."""
    return round(sorted(seconds)[min(int(len(seconds) * part), len(seconds) - 1)] * 1000, 2)


def publish(
    bench: str, figures: Mapping[str, object], table: str, missed: Collection[str], page: Path | None
) -> int:
    """Print the table and the JSON line, and write the table to `page`; 1 when a target is missed."""
    print(table)
    if page is not None:
        before, _, rest = page.read_text().partition(BEGIN)
        page.write_text(f"{before}{BEGIN}\n\n{table}\n{END}{rest.partition(END)[2]}")
    print(json.dumps({"bench": bench, "cores": os.cpu_count(), **figures, "missed": len(missed)}))
    return 1 if missed else 0
