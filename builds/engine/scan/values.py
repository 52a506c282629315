"""What a scan found; values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a file that nobody should ship. ``is_blocking`` findings stop a release."""

    rule: str
    path: str
    detail: str
    is_blocking: bool = False
    package: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Scan:
    """The scan of one package's files, or of an image's.

    ``capabilities`` maps the name of a capability to the files that have it (of a package, at most a few) or to
    the packages that have it (of an image), sorted.
    """

    findings: tuple[Finding, ...] = ()
    capabilities: Mapping[str, tuple[str, ...]] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "findings": [finding.to_json() for finding in self.findings],
            "capabilities": {name: list(where) for name, where in sorted((self.capabilities or {}).items())},
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Scan:
        """Raises ``TypeError``, ``KeyError`` or ``AttributeError`` when it is none."""
        return cls(
            tuple(Finding(**one) for one in plain["findings"]),
            {str(name): tuple(where) for name, where in plain["capabilities"].items()},
        )
