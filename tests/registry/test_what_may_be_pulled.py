"""A digest is pullable exactly when a tag that is, or within the retention was, visible leads to it.

Random histories against a model that knows nothing of tables: it replays the moves and asks the rule.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from registry import grants, pins, tags, visibility
from registry.models import Manifest
from registry.shown import linked
from registry.tags import Follows
from tests.registry.conftest import Shelf

STREAMS = ("1.0", "1.1", "2.0")
NAMES = ("1.0", "1", "latest", "latest-dev", "2.0")
RULES: list[dict[str, Any]] = [
    {},
    {"tag_patterns": ["1*"]},
    {"streams": ["1.0"]},
    {"streams": ["1.0", "2.0"], "tag_patterns": ["1", "latest*"]},
    {"is_latest_only": True},
]
RETENTION = timedelta(days=90)
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Model:
    """What each tag was, from when to when; and the tenant's pins the same way."""

    rule: dict[str, Any]
    granted_at: datetime
    spans: list[tuple[str, str, int, datetime, datetime | None]] = field(default_factory=list)
    pinned: list[tuple[str, str, int, datetime, datetime | None]] = field(default_factory=list)

    def end(self, spans: list[Any], name: str, now: datetime) -> None:
        spans[:] = [(*span[:4], now) if span[0] == name and span[4] is None else span for span in spans]

    def pullable(self, now: datetime) -> set[int]:
        since = max(self.granted_at, now - RETENTION)
        found = set()
        for name, stream, number, _, until in (*self.spans, *self.pinned):
            is_now = until is None
            was = until is not None and until >= since and not self.rule.get("is_latest_only")
            if self._shows(name, stream) and (is_now or was):
                found.add(number)
        return found

    def _shows(self, name: str, stream: str) -> bool:
        if self.rule.get("is_latest_only") and not name.startswith("latest"):
            return False
        if self.rule.get("streams") and stream not in self.rule["streams"]:
            return False
        patterns = self.rule.get("tag_patterns", ["*"])
        return any(name == one or (one.endswith("*") and name.startswith(one[:-1])) for one in patterns)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_digests_follow_their_tags_exactly(acme, alice, shelf: Shelf, rule) -> None:
    dice = random.Random(str(rule))
    images = [shelf.image(f"layer {number}".encode()) for number in range(6)]
    now = START
    with time_machine.travel(START, tick=False) as clock:
        grant = grants.grant(tenant=acme, repository=shelf.repository, name="it", **rule)
        model = Model(rule, START)
        seen: set[bool] = set()
        for _ in range(30):
            now += timedelta(days=dice.choice([0, 1, 20, 50]), seconds=1)
            clock.move_to(now)
            _step(dice, model, shelf, images, grant, alice, now)
            view = visibility.View(shelf.repository, grant)
            actual = {number for number, one in enumerate(images) if view.manifest(one.digest)}
            assert actual == model.pullable(now)
            asked = {one.digest: number for number, one in enumerate(images)}
            assert {asked[digest] for digest in linked(view, asked)} == actual
            for number, one in enumerate(images):
                layer = view.blob(_layer_of(one))
                assert (layer is not None) == (number in actual)
                seen.add(number in actual)
    assert seen == {True, False}


def _step(
    dice: random.Random,
    model: Model,
    shelf: Shelf,
    images: list[Manifest],
    grant: Any,
    alice: Any,
    now: datetime,
) -> None:
    name, number, stream = dice.choice(NAMES), dice.randrange(len(images)), dice.choice(STREAMS)
    current = [span for span in model.spans if span[0] == name and span[4] is None]
    what = dice.choice(["move", "move", "move", "delete", "pin", "unpin"])
    if what == "move" and not (current and current[0][2] == number):
        tags.move(
            repository=shelf.repository, name=name, manifest=images[number], actor="p",
            follows=Follows(stream),
        )  # fmt: skip
        model.end(model.spans, name, now)
        model.spans.append((name, stream, number, now, None))
    elif what == "delete" and current:
        tags.delete(repository=shelf.repository, name=name, actor="p")
        model.end(model.spans, name, now)
    elif what == "pin" and current and model._shows(name, current[0][1]):
        pins.pin(
            view=visibility.View(shelf.repository, grant), name=name,
            digest=images[current[0][2]].digest, actor=alice, reason="",
        )  # fmt: skip
        model.end(model.pinned, name, now)
        model.pinned.append((name, current[0][1], current[0][2], now, None))
    elif what == "unpin" and any(span[0] == name and span[4] is None for span in model.pinned):
        pins.unpin(grant=grant, name=name, actor=alice)
        model.end(model.pinned, name, now)


def _layer_of(manifest: Manifest) -> str:
    import json

    return str(json.loads(bytes(manifest.content))["layers"][0]["digest"])
