"""Patterns of issuers and subjects: regular expressions that match whole values, in bounded time.

A subject is whatever a stranger's issuer says, so a pattern that could take exponential time is refused
when it is saved, whoever wrote it.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

#: Longer values match no pattern.
LONGEST_VALUE = 300
_LONGEST = 200
#: Each open-ended repetition multiplies the work by the length of the value.
_MOST_REPEATS = 3
_REPEATS = frozenset({codes.MAX_REPEAT, codes.MIN_REPEAT})
_LABEL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
#: Stands for a set in a host.
_FREE = "*"
_SIMPLE = frozenset({codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN, codes.AT})


class BadPattern(ValueError):
    """A pattern cannot be used; the message says why."""


def matches(pattern: str, value: str) -> bool:
    """Whether all of `value` is what `pattern` describes. An empty pattern matches nothing."""
    if not pattern or len(value) > LONGEST_VALUE:
        return False
    return compiled(pattern).match(value) is not None


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """The expression, anchored at both ends. Raises BadPattern."""
    if len(pattern) > _LONGEST:
        raise BadPattern(f"A pattern has at most {_LONGEST} characters.")
    try:
        repeats = _count(parser.parse(pattern), inside=False)
        whole = re.compile(rf"\A(?:{pattern})\Z", re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadPattern(f"This is no regular expression: {error}.") from error
    if repeats > _MOST_REPEATS:
        raise BadPattern(f"A pattern has at most {_MOST_REPEATS} repetitions such as * and +.")
    return whole


def names_its_host(pattern: str) -> bool:
    """Whether a pattern of https:// addresses leaves no doubt about whose host it is.

    Between `https://` and the next slash (or the end) stand literal characters and at most sets such as `[a-z0-9-]+`,
    and the last two labels are literal: otherwise `https://.*` or an unescaped dot would trust a stranger's issuer.
    """
    host = ""
    for code, argument in parser.parse(pattern):
        if code is codes.LITERAL:
            host += chr(argument)
            if host.count("/") > 2:
                break
        elif code in _REPEATS and [each[0] for each in argument[2]] == [codes.IN]:
            host += _FREE if _is_of_labels(argument[2][0][1]) else "?"
        elif code is codes.IN:
            host += _FREE if _is_of_labels(argument) else "?"
        else:
            host += "?"  # anything, an alternative, a group
    return (
        re.fullmatch(rf"https://[a-z0-9.:{_FREE}-]*(?:\.|(?<=//))[a-z0-9-]+\.[a-z0-9-]+(?::[0-9]+)?/?", host)
        is not None
    )


def literal_start(pattern: str) -> str:
    """The text with which every value that matches begins, as far as it is written out."""
    letters = itertools.takewhile(lambda each: each[0] is codes.LITERAL, parser.parse(pattern))
    return "".join(chr(argument) for _, argument in letters)


def _is_of_labels(members: Any) -> bool:
    """Whether a set holds letters, digits and hyphens alone."""
    spans = [argument if code is codes.RANGE else (argument, argument) for code, argument in members
             if code in (codes.RANGE, codes.LITERAL)]  # fmt: skip
    return len(spans) == len(members) and all(
        chr(each) in _LABEL for first, last in spans for each in range(first, min(last, 0x7F + first) + 1)
    )


def _count(tree: Any, *, inside: bool) -> int:
    """How many repetitions there are. Raises BadPattern for one inside another, and for exotic syntax."""
    found = 0
    for code, argument in tree:
        if code in _REPEATS:
            if inside:
                raise BadPattern("A repetition may not hold another one.")
            found += 1 + _count(argument[2], inside=True)
        elif code is codes.SUBPATTERN:
            if argument[1] or argument[2]:
                raise BadPattern("Flags inside a pattern are not taken.")
            found += _count(argument[3], inside=inside)
        elif code is codes.BRANCH:
            found += sum(_count(branch, inside=inside) for branch in argument[1])
        elif code not in _SIMPLE:
            raise BadPattern("Look-around and back-references are not taken.")
    return found
