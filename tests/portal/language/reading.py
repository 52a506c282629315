"""What of a page people read or hear: its texts and the attributes that are spoken or shown.

Left out are the parts that hold no words of the portal's: code, logs, and texts that a tenant or a chart's author wrote.
"""

from __future__ import annotations

from html.parser import HTMLParser

SHOWN = ("title", "aria-label", "placeholder", "alt", "data-done", "data-confirm", "data-label")
#: Elements and classes whose content is no language, or not ours.
FOREIGN = frozenset({"code", "pre", "kbd", "script", "style", "textarea", "time"})
PROSE = frozenset({"prose", "mono", "host", "log"})
EMPTY = frozenset(
    {"input", "img", "br", "hr", "meta", "link", "use", "path", "rect", "circle", "line", "source"}
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    @property
    def _is_foreign(self) -> bool:
        return any(foreign for _, foreign in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_foreign = tag in FOREIGN or bool(PROSE & set(given.get("class", "").split()))
        is_foreign |= given.get("lang", "zh-hans") != "zh-hans"
        if not self._is_foreign and tag != "code":
            self.texts += [given[name] for name in SHOWN if given.get(name) and not is_foreign]
        if tag not in EMPTY:
            self._open.append((tag, is_foreign))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            opened, _ = self._open.pop()
            if opened == tag:
                return

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._is_foreign:
            self.texts.append(" ".join(data.split()))


def texts_of(page: str) -> list[str]:
    """Every text of an HTML page that is the portal's own, in order."""
    reader = _Reader()
    reader.feed(page)
    return reader.texts
