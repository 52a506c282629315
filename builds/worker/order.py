"""An order as the portal gave it, read into the engine's values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builds.engine.lock import Lock
from builds.engine.spec import Spec


@dataclass(frozen=True, slots=True)
class Order:
    """What to build, where to push it, and which test spec it must pass.

    `base` maps an architecture to the base's documents: {"manifest": text, "config": text}.
    """

    build: str
    spec: Spec
    lock: Lock
    staging: str
    mounts_from: str | None
    base: Mapping[str, Mapping[str, str]]
    tests: Mapping[str, Any]
    is_customised: bool
    lease_seconds: float
    may_publish_untested: bool

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Order:
        """Raises EngineError or SpecMalformed when spec or lock cannot be read."""
        return cls(
            build=str(plain["build"]),
            spec=Spec.from_json(plain["spec"]),
            lock=Lock.from_json(plain["lock"]),
            staging=str(plain["staging"]),
            mounts_from=plain["mounts_from"],
            base=plain["base"],
            tests=plain["tests"],
            is_customised=bool(plain["is_customised"]),
            lease_seconds=float(plain["lease_seconds"]),
            may_publish_untested=bool(plain["publish_untested"]),
        )
