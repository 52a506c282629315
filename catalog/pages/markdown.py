"""Foreign Markdown as safe HTML: no raw HTML, no images, no scripts, links without a referrer. Code can be copied."""

from __future__ import annotations

import re
from html import unescape

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

_TAGS = {
    "p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "h2", "h3", "h4", "h5", "h6",
    "a", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_CODE = re.compile(r"<pre><code>(.*?)\n?</code></pre>", re.DOTALL)
_parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def as_html(text: str) -> SafeString:
    """`text` rendered and sanitised, with a button at each piece of code that copies it."""
    return mark_safe(_CODE.sub(_copyable, sanitised(text)))  # noqa: S308  both parts are safe


def sanitised(text: str) -> SafeString:
    """`text` rendered, and nothing in it that runs or is fetched. A page has one h1, so theirs become h2."""
    rendered = _parser.render(text[:200_000]).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    clean = nh3.clean(
        rendered,
        tags=_TAGS,
        attributes={"a": {"href"}},
        attribute_filter=_absolute,
        url_schemes={"http", "https"},
        link_rel="noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308  sanitised by nh3 on the line above


def _copyable(found: re.Match[str]) -> str:
    return format_html(
        '<div class="command"><pre><code>{0}</code></pre>'
        '<button type="button" data-copy="{0}" data-done="{1}" hidden>{2}</button></div>',
        unescape(found[1]),
        _("Copied"),
        _("Copy"),
    )


def _absolute(tag: str, attribute: str, value: str) -> str | None:
    """Links of a README lead out or nowhere: relative ones would lead into the portal, where its files are not."""
    return value if attribute != "href" or value.startswith(("https://", "http://")) else None
