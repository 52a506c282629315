"""Foreign Markdown as safe HTML: no raw HTML, no images, no scripts, links without a referrer."""

from __future__ import annotations

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_TAGS = {
    "p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "h2", "h3", "h4", "h5", "h6",
    "a", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def as_html(text: str) -> SafeString:
    """Render and sanitise `text`. A page has one h1, so theirs become h2."""
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


def _absolute(tag: str, attribute: str, value: str) -> str | None:
    """Links of a README lead out or nowhere: relative ones would lead into the portal, where its files are not."""
    return value if attribute != "href" or value.startswith(("https://", "http://")) else None
