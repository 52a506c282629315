"""What the values of a version must say so that all it deploys is pulled from one host; for pages and the interface.

Not in charge of finding images (`catalog.charts.locking`) nor of editing text (`catalog.charts.relocate`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import yaml

from catalog.charts import relocate
from catalog.charts.locking import Changes, How, Locked
from catalog.models import ChartVersion


def changes_for(version: ChartVersion, locked: Iterable[Locked], registry: str) -> Changes:
    """What to write into the version's values; no more than differs, and nothing where no image is here."""
    defaults = {option["path"]: option["default"] for option in version.options}
    locked = list(locked)
    if all(one.how is How.MISSING for one in locked):
        return {}
    found: Changes = {}
    for one in locked:
        found |= one.changes(registry)
    return {path: value for path, value in found.items() if defaults.get(".".join(path)) != json.dumps(value)}


def values_for(version: ChartVersion, locked: Iterable[Locked], registry: str) -> str:
    """The version's values with that written in; only what differs, where all of them cannot be kept."""
    changes = changes_for(version, locked, registry)
    text = relocate.rewritten(version.values, changes)
    return text if text is not None else str(yaml.safe_dump(relocate.overrides(changes), sort_keys=False))
