"""Sentences that arrive in English, told in the reader's language.

The engine knows no Django, workers and the scheduler serve nobody in particular, and what the database keeps of an
error was written before anyone looked. So these are translated where they are shown: a sentence is found among the
phrases below, and what stands in its places is told in turn. What is not found stays as it came.
Not in charge of texts that templates and views write: they are marked where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.utils.translation import get_language, gettext

from catalog.sentences import offered
from portal.phrases import builds, catalogue, engine, fragments, log, people, spec

PHRASES: tuple[str, ...] = (
    *engine.PHRASES, *spec.PHRASES, *builds.PHRASES, *catalogue.PHRASES, *people.PHRASES,
)  # fmt: skip
#: What is looked through: whole sentences, parts of one, short words of a log.
BOOKS = {"sentences": PHRASES, "fragments": fragments.PHRASES, "log": log.PHRASES}
_WHOLE = ("sentences",)
_PLACE = re.compile(r"\{(\w+)\}")
_BETWEEN_SENTENCES = re.compile(r"(?<=\.) +(?=\S)")
#: Places where whole sentences stand; the others end with theirs.
_SENTENCES = frozenset({"chain", "error", "first", "hint", "said", "sentence"})
#: What is longer was written by no phrase, and would cost time to find that out.
_LONGEST = 1000
#: A reason holds another, and that one a name.
_DEEPEST = 3


def told(text: str) -> str:
    """`text` in the language of this answer, or as it is where nobody translated it."""
    return text if _is_as_said(text) else _told(text, _DEEPEST)


def told_of_a_build(line: str) -> str:
    """The same of a line of a build's log, with the short words that only stand there and the names of our tests."""
    if _is_as_said(line):
        return line
    ours = offered(line)
    return ours if ours != line else _told(line, _DEEPEST, ("log", *_WHOLE))


def _is_as_said(text: str) -> bool:
    return get_language() == settings.LANGUAGE_CODE or len(text) > _LONGEST


def _told(text: str, depth: int, books: tuple[str, ...] = _WHOLE) -> str:
    if any(text in _plain(book) for book in books):
        return gettext(text)
    for phrase, pattern in _candidates(text, books):
        if found := pattern.fullmatch(text):
            given = found.groupdict()
            if depth:
                given = {name: _told_part(part.strip(), depth - 1, books) for name, part in given.items()}
            return gettext(phrase).format(**given)
    return _one_by_one(text, depth, books)


def _told_part(text: str, depth: int, books: tuple[str, ...]) -> str:
    ours = offered(text)
    return ours if ours != text else _told(text, depth, tuple(dict.fromkeys((*books, "fragments"))))


def _one_by_one(text: str, depth: int, books: tuple[str, ...]) -> str:
    """Several sentences, each for itself. Han sentences stand without a blank between."""
    sentences = _BETWEEN_SENTENCES.split(text)
    said = [_told(one, depth, books) for one in sentences] if len(sentences) > 1 else sentences
    if said == sentences:
        return text
    return "".join(one if one.endswith("。") else f"{one} " for one in said).rstrip()


def _candidates(text: str, books: tuple[str, ...]) -> Iterable[tuple[str, re.Pattern[str]]]:
    for book in books:
        by_word = _patterns(book)
        yield from by_word.get(_first_word(text), ())
        yield from by_word.get("", ())


@lru_cache(maxsize=len(BOOKS))
def _plain(book: str) -> frozenset[str]:
    """Phrases without a place."""
    return frozenset(phrase for phrase in BOOKS[book] if not _PLACE.search(phrase))


@lru_cache(maxsize=len(BOOKS))
def _patterns(book: str) -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """Phrases with places by their first word, or "" when that is a place; the more particular first."""
    found: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for phrase in sorted(set(BOOKS[book]) - _plain(book), key=_said, reverse=True):
        word = _first_word(phrase)
        found.setdefault("" if "{" in word else word, []).append((phrase, _pattern(phrase)))
    return found


def _pattern(phrase: str) -> re.Pattern[str]:
    parts = _PLACE.split(phrase)
    return re.compile(
        "".join(_place(part) if odd % 2 else re.escape(part) for odd, part in enumerate(parts)), re.DOTALL
    )


def _place(name: str) -> str:
    return f"(?P<{name}>.*?)" if name in _SENTENCES else rf"(?P<{name}>(?:(?!\. ).)*?)"


def _first_word(text: str) -> str:
    return text.partition(" ")[0]


def _said(phrase: str) -> int:
    """How much of a phrase is fixed."""
    return len(_PLACE.sub("", phrase))
