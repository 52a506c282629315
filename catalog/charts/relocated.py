"""What the values of a version must say so that all it deploys is pulled from one host; for pages and the interface.

Not in charge of finding images (`catalog.charts.locking`) nor of editing text (`catalog.charts.relocate`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import yaml

from catalog.charts import relocate
from catalog.charts.locking import Locked
from catalog.models import ChartVersion


def changes_for(version: ChartVersion, locked: Iterable[Locked], registry: str) -> dict[relocate.Path, str]:
    """What to write into the version's values; no more than differs."""
    defaults = {option["path"]: option["default"] for option in version.options}
    found: dict[relocate.Path, str] = {}
    for one in locked:
        found |= one.changes(registry)
    return {path: value for path, value in found.items() if defaults.get(".".join(path)) != json.dumps(value)}


def values_for(version: ChartVersion, locked: Iterable[Locked], registry: str) -> str:
    """The version's values with that written in; only what differs, where all of them cannot be kept."""
    changes = changes_for(version, locked, registry)
    text = relocate.rewritten(version.values, changes)
    return text if text is not None else str(yaml.safe_dump(relocate.overrides(changes), sort_keys=False))
