"""Moments as elements that say them whole to machines and to a pointer: `{% load moments %}`.

A list has a hundred of them, so they are no template. In UTC, as all times here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from portal.templatetags.assay import age

register = template.Library()


@register.filter
def stamp(value: datetime | None) -> str:
    """To the minute: "2026-11-26 10:52"; "" for None."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}" if value else ""


@register.filter
def moment(value: datetime | None) -> SafeString:
    """The stamp as an element; nothing for None."""
    return _element(value, stamp(value))


@register.filter
def since(value: datetime | None) -> SafeString:
    """How long ago, such as "2 h"."""
    return _element(value, age(value))


@register.filter
def ago(value: datetime | None) -> SafeString:
    """How long ago, within a sentence: "2 h ago"."""
    return _element(value, _("%(age)s ago") % {"age": age(value)})


def _element(value: datetime | None, said: str) -> SafeString:
    if value is None:
        return SafeString("")
    whole, minute = value.astimezone(UTC).isoformat(timespec="seconds"), stamp(value)
    title = f' title="{minute} UTC"' if said != minute else ""
    return mark_safe(f'<time datetime="{whole}"{title}>{escape(said)}</time>')  # noqa: S308  what is said is escaped
