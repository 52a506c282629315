"""What a tag's history says in its rows: `{% load history_rows %}`. A page has dozens, so they are no templates.

Not in charge of who may move a tag: the templates around them ask.
"""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from portal.templatetags.assay import actor, short
from portal.templatetags.moments import moment, stamp
from registry.history import Kept, Line

register = template.Library()


@register.simple_tag
def history_cells(line: Line, here: str, unseen: str, build_page: str) -> SafeString:
    """When the tag moved, to which digest and by whom.

    `here` is the digest where it is now, `unseen` said where there is none, `build_page` the name of the page of the
    build that moved it.
    """
    digest = _digest(line, here) if line.digest else f'<span class="fade">{escape(unseen)}</span>'
    cells = (
        f'<td class="nowrap">{moment(line.at)}</td><td>{digest}</td>'
        f'<td class="fade">{_who(line, build_page)}</td>'
    )
    return mark_safe(cells)  # noqa: S308  all that is foreign is escaped


@register.simple_tag
def move_link(line: Line, page: str, is_own: bool) -> SafeString:
    """A button to `page`, which asks before the tag is moved back to this digest, or kept at it for the tenant."""
    when = {"when": stamp(line.at)}
    if is_own:
        word, whole = _("Move back"), _("Move back to %(when)s") % when
    else:
        word, whole = _("Keep here"), _("Keep here, where it was on %(when)s") % when
    link = (
        f'<a class="button small" href="{escape(page)}?digest={quote(line.digest)}"'
        f' aria-label="{escape(whole)}">{escape(word)}</a>'
    )
    return mark_safe(link)  # noqa: S308  all that is foreign is escaped


def _digest(line: Line, here: str) -> str:
    pills = [("pill", _("here now"))] if line.digest == here else []
    if line.kept == Kept.WITHDRAWN:
        pills.append(("pill warn", _("withdrawn")))
    elif line.kept == Kept.GONE:
        pills.append(("pill", _("not kept")))
    said = "".join(f' <span class="{kind}">{escape(word)}</span>' for kind, word in pills)
    return f'<code title="{line.digest}">{short(line.digest)}</code>{said}'


def _who(line: Line, build_page: str) -> str:
    who = escape(actor(line.actor))
    if line.build:
        page = reverse(build_page, kwargs={"build_id": line.build})
        who = f'<a href="{escape(page)}">{who}</a>'
    return who + (escape(f": {line.reason}") if line.reason else "")
