"""Foreign Markdown: what people wrote is shown, what would run or be fetched is not (hostile 35)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.pages.markdown import as_html

#: All that may come out, besides text.
TAG = re.compile(r"<(/?)([a-z0-9]+)((?:\s[^>]*)?)>")
ATTRIBUTES = re.compile(r'^(?:\shref="https?://[^"<>]*")?(?:\srel="noreferrer nofollow")?\s?/?$')
TAGS = {"p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "h2", "h3", "h4", "h5", "h6",
        "a", "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip

EVIL = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://elsewhere.example/p.png)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](//elsewhere.example)",
    "<javascript:alert(1)>",
    '[x](https://a.example/?"onclick=alert(1))',
    "[x]: javascript:alert(1)\n\n[x]",
    "<a href='https://a.example' onclick=alert(1)>x</a>",
    "<style>*{display:none}</style>",
    "<form action=https://elsewhere.example><input name=password></form>",
    "<iframe src=https://elsewhere.example></iframe>",
    "<svg><use href=x></svg><math><mtext></mtext></math>",
    "```html\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "| a |\n|---|\n| <b onmouseover=alert(1)>x</b> |",
    "# <h1>x</h1>",
    "\u202eevil\u2066",
]


#: What is put around code, and nothing else.
COPYABLE = re.compile(
    r'<div class="command">(<pre><code>[^<]*</code></pre>)'
    r'<button type="button" data-copy="[^"<>]*" data-done="Copied" hidden>Copy</button></div>'
)


def marks(html: str) -> Iterator[tuple[str, str]]:
    html = COPYABLE.sub(r"\1", html)
    rest = TAG.sub("", html)
    assert "<" not in rest
    for _, name, attributes in TAG.findall(html):
        yield name, attributes


@pytest.mark.parametrize("text", EVIL)
def test_nothing_that_runs_or_is_fetched_comes_out(text):
    for name, attributes in marks(as_html(text)):
        assert name in TAGS
        assert ATTRIBUTES.match(attributes), attributes


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*EVIL, "\n", "\n\n", "> ", "* ", "1. ", "    ", "**", "](", "<", "&lt;", "\0"]),
        max_size=12,
    )
)
def test_no_mixture_of_them_comes_out_either(parts):
    for name, attributes in marks(as_html("".join(parts))):
        assert name in TAGS
        assert ATTRIBUTES.match(attributes), attributes


def test_what_was_meant_is_shown():
    html = as_html(
        "# Title\n\n**bold** `code` [link](https://a.example/x)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    assert "<h2>Title</h2>" in html  # a page has one h1
    assert "<strong>bold</strong>" in html
    assert '<a href="https://a.example/x" rel="noreferrer nofollow">link</a>' in html
    assert "<td>2</td>" in html


def test_code_is_copied_as_it_stands():
    html = as_html('```\ndocker run \\\n  -e A="<b>&amp;" it\n```')
    copied = re.search(r'data-copy="([^"]*)"', html)
    assert copied is not None
    assert unescape(copied[1]) == 'docker run \\\n  -e A="<b>&amp;" it'


def test_nesting_without_end_ends():
    assert len(as_html("> " * 20_000 + "x")) < 1_000_000
    assert len(as_html("*a " * 20_000)) < 1_000_000
    assert as_html("[" * 20_000)
