"""What can be chosen beside a list: `{% load choices %}`. A page has some forty links of it, so they are no template."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from catalog.pages.filters import Choice, Filter

register = template.Library()


@register.simple_tag
def filter_groups(filters: Iterable[Filter]) -> SafeString:
    """Each filter with its values, and how many each would leave."""
    made = (
        f"<div><h2>{escape(one.label)}</h2>{''.join(map(_counted, one.choices))}</div>" for one in filters
    )
    return mark_safe("".join(made))  # noqa: S308  words and addresses are escaped


@register.simple_tag
def segments(choices: Iterable[Choice]) -> SafeString:
    """Links of which one is chosen."""
    made = (f"<a {_to(one)}>{escape(one.label)}</a>" for one in choices)
    return mark_safe("".join(made))  # noqa: S308  words and addresses are escaped


def _counted(choice: Choice) -> str:
    return f"<a {_to(choice)}><span>{escape(choice.label)}</span> <span>{choice.count}</span></a>"


def _to(choice: Choice) -> str:
    mark = ' aria-current="true"' if choice.is_chosen else ""
    return f'href="{escape(choice.href)}"{mark}'
