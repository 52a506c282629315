"""Addresses of many things of one kind: looked up once, then joined with the name of each."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from urllib.parse import quote

from django.urls import reverse

#: Stands for the name while the address is looked up.
_PLACE = "-"


def pages_of(page: str, field: str, **known: str) -> Callable[[str], str]:
    """Gives for any `field` the address of `page`, as an attribute has it; `known` are the address's earlier parts."""
    before, _place, after = reverse(page, kwargs={**known, field: _PLACE}).rpartition(_PLACE)
    before, after = escape(before), escape(after)
    return lambda name: f"{before}{quote(name)}{after}"
