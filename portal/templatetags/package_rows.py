"""Packages of a release as rows: `{% load package_rows %}`. A page has hundreds, so they are no template."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from portal.templatetags.assay import few

register = template.Library()


@register.simple_tag
def package_rows(packages: Iterable[tuple[str, str, str, str]]) -> SafeString:
    """A row for each (name, version, source, licences)."""
    made = (
        f"<tr><td><code>{escape(name)}</code></td><td><code>{escape(version)}</code></td>"
        f'<td class="fade">{escape(source)}</td>'
        f'<td class="fade" title="{escape(licences)}">{escape(few(licences))}</td></tr>'
        for name, version, source, licences in packages
    )
    return mark_safe("".join(made))  # noqa: S308  all that is foreign is escaped
