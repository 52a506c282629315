"""Every route of both URL configurations, found by asking Django, with a path for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver, reverse, set_script_prefix
from django.urls.resolvers import URLPattern, URLResolver

from tests.isolation.rules import Open, rule_of

TENANT, PLATFORM = "portal.urls.tenant", "portal.urls.platform"
Fill = Callable[["Route", str], str]


@dataclass(frozen=True)
class Route:
    urlconf: str
    pattern: str
    name: str
    view: Any
    arguments: frozenset[str]

    @property
    def module(self) -> str:
        return getattr(self.view, "__module__", "")

    @property
    def rule(self) -> Open | frozenset | None:
        return rule_of(self.name, self.pattern, self.module)

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")

    @property
    def label(self) -> str:
        return f"{self.urlconf.rpartition('.')[2]}:/{self.pattern}"

    def path(self, fill: Fill) -> str:
        """The address with each argument filled in."""
        set_script_prefix("/")  # a request by path leaves its own behind
        given = {argument: fill(self, argument) for argument in self.arguments}
        return reverse(self.name or self.view, urlconf=self.urlconf, kwargs=given)


def routes(urlconf: str) -> list[Route]:
    """All of them, one for each pattern."""
    return list(_walk(urlconf, get_resolver(urlconf).url_patterns, "", frozenset()))


def _walk(
    urlconf: str, patterns: list[URLPattern | URLResolver], before: str, arguments: frozenset[str]
) -> Iterator[Route]:
    for each in patterns:
        pattern = before + str(each.pattern)
        found = arguments | set(re.compile(each.pattern.regex).groupindex)
        if isinstance(each, URLResolver):
            yield from _walk(urlconf, each.url_patterns, pattern, found)
        else:
            yield Route(urlconf, pattern, each.name or "", each.callback, found)
