"""Rows of a repository's tags and of how they moved, and the lines of their drawing: `{% load tag_rows %}`.

A page has fifty rows and as many points, so they are no templates. What stands around them is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from html import escape
from urllib.parse import quote

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from catalog.pages.tags import TagRow
from catalog.pages.timeline import Timeline, Track
from portal.joined import pages_of
from portal.templatetags.assay import actor, short, size
from portal.templatetags.moments import ago, moment, stamp
from registry.history import Line

register = template.Library()

#: Stands for no digest.
_NONE = "\N{EN DASH}"
#: Letters of a tag's name that have room on the left of its line.
_LABEL = 18


@register.simple_tag
def tag_rows(rows: Iterable[TagRow], name: str) -> SafeString:
    """A row for each tag of the repository `name`."""
    page = pages_of("tag", "tag", name=name)
    pills = [("pill gold", _("fixed")), ("pill", _("pinned")), ("pill", _("moving"))]
    fixed, pinned, moving = (f'<span class="{kind}">{escape(word)}</span>' for kind, word in pills)
    made = (
        f'<tr><td><a class="target" href="{page(row.name)}"><code>{escape(row.name)}</code></a></td>'
        f"<td>{fixed if row.is_immutable else pinned if row.is_pinned else moving}</td>"
        f'<td class="fade skip-small">{_digest(row)}</td>'
        f'<td class="num fade">{ago(row.updated_at)}</td>'
        f'<td class="num fade skip-small">{"" if row.size is None else size(row.size)}</td></tr>'
        for row in rows
    )
    return mark_safe("".join(made))  # noqa: S308  all that is foreign is escaped


@register.simple_tag
def movement_rows(lines: Iterable[Line], name: str, comparable: Collection[str] = ()) -> SafeString:
    """A row for each movement, with a link to compare the two releases where both are `comparable`."""
    page, change = pages_of("tag", "tag", name=name), escape(_("What changed"))
    source, target, hidden = escape(_("From")), escape(_("To")), escape(_("no longer shown"))
    known = frozenset(comparable)

    def changed(line: Line) -> str:
        if line.previous == line.digest or not {line.previous, line.digest} <= known:
            return ""
        to = f"?tab=compare&amp;a={quote(line.previous)}&amp;b={quote(line.digest)}"
        return f'<a href="{to}">{change}<span class="vh">: {escape(line.tag)}, {stamp(line.at)}</span></a>'

    made = (
        f'<tr><td class="nowrap">{moment(line.at)}</td>'
        f'<td><a href="{page(line.tag)}"><code>{escape(line.tag)}</code></a></td>'
        f'<td class="fade" data-label="{source}"><code>{short(line.previous) or _NONE}</code></td>'
        f'<td class="fade" data-label="{target}"><code>{short(line.digest) or hidden}</code></td>'
        f'<td class="fade">{escape(actor(line.actor))}{escape(f": {line.reason}") if line.reason else ""}</td>'
        f'<td class="num">{changed(line)}</td></tr>'
        for line in lines
    )
    return mark_safe("".join(made))  # noqa: S308  all that is foreign is escaped


@register.simple_tag
def tracks(timeline: Timeline) -> SafeString:
    """Each tag's name and line, and on it the points."""
    return mark_safe("".join(map(_track, timeline.tracks)))  # noqa: S308  all that is foreign is escaped


def _track(track: Track) -> str:
    label = track.name if len(track.name) <= _LABEL else f"{track.name[: _LABEL - 1]}…"
    points = (
        f'<circle cx="{point.x}" cy="{track.y}" r="4.5">'
        f"<title>{escape(track.name)}, {stamp(point.at)}: {short(point.digest) or _NONE}</title></circle>"
        for point in track.points
    )
    return (
        f'<text class="name" x="0" y="{track.y + 4}">{escape(label)}</text>'
        f'<line x1="{track.start}" x2="{track.end}" y1="{track.y}" y2="{track.y}"/>{"".join(points)}'
    )


def _digest(row: TagRow) -> str:
    code = f'<code title="{row.digest}">{short(row.digest)}</code>'
    if row.size is None:
        return code
    return f'<a class="above" href="?release={quote(row.digest)}">{code}</a>'
