"""The row of hallmarks of a release: `{% load marks %}`. A list has a hundred of them, so they are no template."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from catalog.pages.hallmarks import Hallmark

register = template.Library()


@register.simple_tag
def hallmarks(marks: Iterable[Hallmark], page: str) -> SafeString:
    """The five marks, each a link to the part of the image's `page` that proves it."""
    links = "".join(_link(mark, escape(page), escape(mark.label)) for mark in marks)
    return mark_safe(f'<span class="hallmarks above">{links}</span>')  # noqa: S308  all that is foreign is escaped


def _link(mark: Hallmark, page: str, label: str) -> str:
    return (
        f'<a class="hm{"" if mark.is_earned else " missing"}" href="{page}?tab={mark.tab}"'
        f' title="{label}" aria-label="{label}">'
        f'<svg aria-hidden="true"><use href="#hm-{mark.kind}"/></svg></a>'
    )
