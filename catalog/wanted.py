"""What is asked of a list of images: words, filters, order. Values only; unknown ones count as absent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.utils import timezone

from catalog import reference
from catalog.models import Image, VersionStream

#: After the end of its last stream an image is kept and flagged for so long.
GRACE = timedelta(days=183)
LONGEST = 200


class Access(StrEnum):
    """Whose images: the tenant's own, those it may ask for, or what is free for everyone."""

    YOURS = "yours"
    AVAILABLE = "available"
    FREE = "free"


class Life(StrEnum):
    SUPPORTED = "supported"
    GRACE = "grace"
    ENDED = "ended"

    @classmethod
    def of(cls, ends_on: date | None, today: date) -> Life:
        if ends_on is None or ends_on >= today:
            return cls.SUPPORTED
        return cls.GRACE if ends_on + GRACE >= today else cls.ENDED

    @classmethod
    def now(cls, ends_on: date | None) -> Life:
        return cls.of(ends_on, timezone.now().date())


class Sort(StrEnum):
    NAME = "name"
    NEWEST = "newest"
    SMALLEST = "smallest"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One question to the catalogue. "" means any."""

    text: str = ""
    access: Access = Access.YOURS
    category: str = ""
    variant: str = ""
    architecture: str = ""
    life: str = ""
    sort: Sort | None = None

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Wanted:
        """From an address's parameters."""
        access = given.get("access") or (Access.FREE if given.get("free") == "1" else Access.YOURS)
        sort = given.get("sort", "")
        return cls(
            text=" ".join(given.get("q", "").split())[:LONGEST],
            access=Access(_known(access, Access) or Access.YOURS),
            category=_known(given.get("category", ""), Image.Category.values),
            variant=_known(given.get("variant", ""), VersionStream.Variant.values),
            architecture=_word(given.get("arch", "")),
            life=_known(given.get("life", ""), Life),
            sort=Sort(sort) if sort in list(Sort) else None,
        )

    @property
    def words(self) -> str:
        """What is searched for: of an upstream reference the last part of its name."""
        upstream = reference.read(self.text)
        return upstream.last if upstream else self.text

    @property
    def is_narrow(self) -> bool:
        """Whether anything but access and order is asked for."""
        return bool(self.text or self.category or self.variant or self.architecture or self.life)

    @property
    def filters(self) -> dict[str, str]:
        """What narrows beside words and access, by name of the parameter."""
        named = {
            "category": self.category,
            "variant": self.variant,
            "life": self.life,
            "arch": self.architecture,
        }
        return {name: value for name, value in named.items() if value}


def _known(value: str, allowed: Iterable[str]) -> str:
    return value if value in list(allowed) else ""


def _word(value: str) -> str:
    value = value.lower()
    return value if value.replace("-", "").isalnum() and value.isascii() and len(value) <= 20 else ""
