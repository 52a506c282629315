"""The options of a select: `{% load options %}`. A page has some hundred of them, so they are no template."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from catalog.models import Release
from catalog.pages.tags import TagRows
from portal.templatetags.assay import called

register = template.Library()


@register.simple_tag
def options(names: Iterable[str], chosen: str = "") -> SafeString:
    """One for each name; what is `chosen` and not among them comes first."""
    names = list(names)
    if chosen and chosen not in names:
        names.insert(0, chosen)
    made = (f"<option{' selected' if name == chosen else ''}>{escape(name)}</option>" for name in names)
    return mark_safe("".join(made))  # noqa: S308  names are escaped


@register.filter
def called_each(releases: Iterable[Release], tags: TagRows | None) -> list[str]:
    """What each release can be pulled by, of the tags that are shown."""
    return [called(one, tags) for one in releases]
