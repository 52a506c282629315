"""Rows of the list of images, and what rows and cards say of each: `{% load image_rows %}`.

A page has twenty, so they are no templates. What stands around them is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from django import template
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from catalog.models import AccessRequest
from catalog.pages.images import Row
from catalog.wanted import Access, Life
from portal.joined import pages_of
from portal.templatetags.assay import offered, size
from portal.templatetags.marks import hallmarks
from portal.templatetags.moments import since

register = template.Library()

_ASKED: dict[str, tuple[str, str]] = {
    AccessRequest.State.OPEN: ("pill", gettext_noop("asked for")),
    AccessRequest.State.DECLINED: ("pill warn", gettext_noop("declined")),
}
_NOT_ASKED = ("fade nowrap", gettext_noop("Request access"))


@register.simple_tag
def image_rows(rows: Iterable[Row], access: Access) -> SafeString:
    """A row for each image; of those that may be asked for (`access`), with whether they were."""
    is_available = access == Access.AVAILABLE
    page = pages_of("available-image" if is_available else "image", "name")
    made = (
        f'<tr><td class="lead"><a class="target" href="{page(row.name)}">{escape(row.name)}</a>{image_state(row)} '
        f'<span class="sub">{escape(offered(row.image.summary))}</span></td>{_rest(row, page, is_available)}</tr>'
        for row in rows
    )
    return mark_safe("".join(made))  # noqa: S308  all that is foreign is escaped


@register.simple_tag
def image_state(row: Row) -> SafeString:
    """That it is free, and that it has ended."""
    pills = [("pill", _("free"))] if row.image.is_free else []
    if row.life != Life.SUPPORTED and row.image.ends_on is not None:
        day = date_format(row.image.ends_on, _("j M Y"))
        is_in_grace = row.life == Life.GRACE
        words = _("ended %(day)s, in grace") if is_in_grace else _("ended %(day)s")
        pills.append(("pill warn" if is_in_grace else "pill bad", words % {"day": day}))
    made = (f' <span class="{kind}">{escape(words)}</span>' for kind, words in pills)
    return mark_safe("".join(made))  # noqa: S308  our own words, escaped


@register.simple_tag
def asked(request: AccessRequest | None) -> SafeString:
    """Whether an image was asked for, and what became of that."""
    kind, words = _ASKED.get(request.state, _NOT_ASKED) if request else _NOT_ASKED
    return mark_safe(f'<span class="{kind}">{escape(_(words))}</span>')  # noqa: S308  our own words, escaped


def _rest(row: Row, page: Callable[[str], str], is_available: bool) -> str:
    stream = escape(row.stream.name) if row.stream else ""
    if row.release is None:
        said = asked(row.asked) if is_available else escape(row.progress or _("not built yet"))
        kind = "" if is_available else ' class="fade"'
        return f'<td><code class="fade">{stream}</code></td><td colspan="3"{kind}>{said}</td>'
    return (
        f"<td><code>{stream}</code></td>"
        f"<td>{asked(row.asked) if is_available else hallmarks(row.marks, page(row.name))}</td>"
        f'<td class="num fade">{size(row.release.size)}</td>'
        f'<td class="num fade">{since(row.release.published_at)}</td>'
    )
