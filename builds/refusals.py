"""Why an order is refused, by field, in sentences for people; the same values on pages and in the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong: the field ("packages[1]", "env.PATH", ""), a stable code, a sentence."""

    field: str
    code: str
    sentence: str


class OrderRefused(ValueError):
    """The order cannot be accepted; `errors` says why, one entry a field."""

    code: ClassVar[str] = "order-refused"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__(" ".join(error.sentence for error in self.errors))


class IndexNotReady(RuntimeError):
    """No package index yet: the order is fine to try again in a moment."""

    code: ClassVar[str] = "index-not-ready"

    def __init__(self) -> None:
        super().__init__(
            "The package index is being fetched; packages can be resolved as soon as it is there. "
            "Try again in a minute."
        )
