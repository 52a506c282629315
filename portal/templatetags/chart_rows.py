"""Charts of a list, as rows and as cards: `{% load chart_rows %}`. A page has twenty, so they are no templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from catalog.pages.charts import Row
from portal.joined import pages_of
from portal.templatetags.assay import few, offered
from portal.templatetags.marks import hallmarks
from portal.templatetags.moments import ago, since

register = template.Library()

#: Stands for no version and no images.
_NONE = "\N{EN DASH}"


@register.simple_tag
def chart_rows(rows: Iterable[Row]) -> SafeString:
    """A row for each."""
    return _each(rows, _row)


@register.simple_tag
def chart_cards(rows: Iterable[Row]) -> SafeString:
    """A card for each."""
    return _each(rows, _card)


def _each(rows: Iterable[Row], made: Callable[[Row, str], str]) -> SafeString:
    page = pages_of("chart", "name")
    return mark_safe("".join(made(row, page(row.chart.name)) for row in rows))  # noqa: S308  each escapes


def _row(row: Row, page: str) -> str:
    updated = since(row.version.published_at) if row.version else ""
    if row.lacks:
        images = f'<td class="nowrap">{_few(row.lacks)} <span class="sub">{escape(_("Request access"))}</span></td>'
    else:
        images = f'<td class="fade">{_few(row.images) or _NONE}</td>'
    return (
        f'<tr><td class="lead"><a class="target" href="{page}">{escape(row.chart.name)}</a>{_state(row)}'
        f' <span class="sub">{_summary(row)}</span></td>'
        f"<td><code>{_version(row)}</code></td>{images}"
        f"<td>{hallmarks(row.marks, page) if row.marks else ''}</td>"
        f'<td class="num fade">{updated}</td></tr>'
    )


def _card(row: Row, page: str) -> str:
    facts = [f"<code>{_version(row)}</code>"]
    if row.version:
        facts += [f"<span>{escape(row.version.app_version)}</span>"] if row.version.app_version else []
        facts.append(ago(row.version.published_at))
    marks = f'<div class="above">{hallmarks(row.marks, page)}</div>' if row.marks else ""
    return (
        f'<li class="sheet card"><h2><a class="target" href="{page}">{escape(row.chart.name)}</a>{_state(row)}</h2>'
        f'<p>{_summary(row)}</p>{marks}<p class="note">{_deploys(row)}</p>'
        f'<p class="note facts-line">{" ".join(facts)}</p></li>'
    )


def _deploys(row: Row) -> str:
    if row.lacks:
        lacks = _("You lack %(images)s") % {"images": _few(row.lacks)}
        return f"{lacks} · {escape(_('Request access'))}"
    return _("Deploys %(images)s") % {"images": _few(row.images)} if row.images else ""


def _state(row: Row) -> str:
    own = f' <span class="pill">{escape(_("yours"))}</span>' if row.chart.is_own else ""
    is_broken = row.version is not None and row.version.trouble
    return own + (f' <span class="pill warn">{escape(_("cannot be read"))}</span>' if is_broken else "")


def _summary(row: Row) -> str:
    return escape(offered(row.chart.chart.summary))


def _version(row: Row) -> str:
    return escape(row.version.version) if row.version and row.version.version else _NONE


def _few(names: list[str]) -> str:
    return escape(few(", ".join(names)))
