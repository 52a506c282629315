"""The words that images are called by, and the names of packages: what a mistyped word may have been meant for.

All that there are, whoever may know of them. A web process remembers them for a minute (`registry.memory`), since to read
and part the names of thousands takes longer than the search itself; so a new name corrects nobody's mistake for so long,
and is found as ever. Not in charge of what is told to whom: `catalog.correcting` asks that each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from string import ascii_lowercase, digits

from django.db.models import IntegerField
from django.db.models.functions import Cast

from catalog.models import Image, Package
from registry.memory import remembering

LASTS = 60.0
#: What a word consists of, each byte as itself; all else parts words.
_LETTERS = bytes(byte if chr(byte) in ascii_lowercase + digits + "." else ord(" ") for byte in range(256))


def words_of(names: Iterable[str]) -> set[str]:
    """The words of small letters that names consist of."""
    return {word.decode() for word in set(" ".join(names).encode().translate(_LETTERS).split())}


def _read(_: None) -> Mapping[str, Sequence[int]]:
    listed_first = Image.objects.order_by(Cast("is_listed", IntegerField()).desc(), "name")
    found: dict[str, list[int]] = {}
    for names, repository in listed_first.values_list("names", "repository_id"):
        for word in words_of([names]):
            found.setdefault(word, []).append(repository)
    return found


def _read_packages(letter: str) -> Sequence[str]:
    return list(Package.objects.filter(name__begins=letter).order_by("name").values_list("name", flat=True))


_words = remembering(_read, most=8, lasts=LASTS)
_packages = remembering(_read_packages, most=64, lasts=LASTS)


def words() -> Mapping[str, Sequence[int]]:
    """Each word of the names of images, with the repositories of these, those listed for everyone first."""
    return _words(None) or {}


def packages(letter: str) -> Sequence[str]:
    """Names of packages that begin with `letter`."""
    return _packages(letter) or ()
