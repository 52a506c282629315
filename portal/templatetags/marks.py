"""The row of hallmarks of a release: `{% load marks %}`. A list has a hundred of them, so they are no template."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog.pages.hallmarks import Hallmark

register = template.Library()

_MARK = (
    '<a class="hm{}" href="{}?tab={}" title="{}" aria-label="{}">'
    '<svg aria-hidden="true"><use href="#hm-{}"/></svg></a>'
)


@register.simple_tag
def hallmarks(marks: Iterable[Hallmark], page: str) -> SafeString:
    """The five marks, each a link to the part of the image's `page` that proves it."""
    told = ((mark, mark.label) for mark in marks)
    links = (
        ("" if mark.is_earned else " missing", page, mark.tab, label, label, mark.kind)
        for mark, label in told
    )
    return format_html('<span class="hallmarks above">{}</span>', format_html_join("", _MARK, links))
