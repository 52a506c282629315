"""Hostile 35: whatever text comes from outside is text on every page, and in every table that is taken away.

Every page of the portal over a world in which each text says something hostile, in a real browser that would run it:
nothing runs, nothing is made an element, and the Content-Security-Policy, the second wall, is never asked to help.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState

from tests.browser.server import Portal
from tests.browser.test_every_page import PAGES
from tests.people import PASSWORD

#: What the browser made of the texts, in words; nothing is the only right answer.
FOUND = """() => [
  ...document.querySelectorAll(".hit, base, script:not([src], [type='application/json']), iframe, object, embed, [style]"),
  ...[...document.querySelectorAll("*")].filter(one => [...one.attributes].some(
    each => each.name.startsWith("on") || /^\\s*(javascript|data|vbscript):/i.test(each.value))),
].map(one => one.outerHTML.slice(0, 200)).concat(window.hits || [])"""
LISTEN = """window.hits = []; window.hit = () => window.hits.push("it ran");
  document.addEventListener("securitypolicyviolation", event => window.hits.push(
    event.violatedDirective + " " + event.blockedURI + " " + event.sample));"""
#: Where the world's builds and documents are found: links on these pages are walked as well.
LISTS = {"/acme/builds/": "/acme/builds/", "/admin/builds/": "/admin/builds/"}
EXPORTS = ("/acme/settings/audit/export.csv", "packages", "fixes")


@pytest.fixture(scope="module")
def spoiled(site: Portal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal of its own, since no other test wants this world."""
    own = Portal(tmp_path_factory.mktemp("spoiled") / "var")
    try:
        yield own.start(like=site)
    finally:
        own.stop()


@pytest.fixture(scope="module")
def visitor(browser: Browser, spoiled: Portal) -> Iterator[Callable[[str | None], Page]]:
    """visitor(name): a page of that person, who signed in before the world was spoiled."""
    people = [None, *sorted({who for who, _ in PAGES.values() if who})]
    kept = {who: _sign_in(browser, spoiled, who) if who else None for who in people}
    spoiled.run("from tests.browser import spoiled; spoiled.everything()")
    pages: dict[str | None, Page] = {}

    def page_of(who: str | None) -> Page:
        if who not in pages:
            context = browser.new_context(storage_state=kept[who], base_url=spoiled.address)
            context.add_init_script(LISTEN)
            pages[who] = context.new_page()
        return pages[who]

    yield page_of
    for page in pages.values():
        page.context.close()


def _sign_in(browser: Browser, site: Portal, name: str) -> StorageState:
    """The cookies of that person; the page is not waited for, since others are about it."""
    context = browser.new_context()
    address = f"{site.address}/accounts/login/"
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', context.request.get(address).text())
    form = {"login": f"{name}@example.com", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    context.request.post(address, form=form, headers={"referer": address})
    state = context.storage_state()
    context.close()
    return state


def test_no_page_makes_anything_of_foreign_text(visitor) -> None:
    wrong: dict[str, object] = {}
    shown = 0
    paths = [*PAGES.items(), *((path, ("alice" if "acme" in path else "petra", path)) for path in LISTS)]
    for name, (who, path) in paths:
        page = visitor(who)
        for each in (path, *_below(page, path)):
            answer = page.goto(each)
            text = page.locator("body").inner_text()
            shown += "<script>hit()</script>" in text
            found = page.evaluate(FOUND)
            if answer.status != 200 or found or "t14t" in text:
                wrong[f"{name} {each}"] = (answer.status, found)
    assert wrong == {}
    assert shown > len(PAGES) // 2, "the world is not as hostile as it was meant to be"


def _below(page: Page, path: str) -> list[str]:
    """What a list of builds leads to."""
    if path not in LISTS:
        return []
    page.goto(path)
    links = page.locator("table a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    return sorted({one for one in links if re.fullmatch(r"\S*/builds/[0-9a-f-]{36}/", one or "")})


@pytest.mark.parametrize("kind", EXPORTS)
def test_no_table_that_is_taken_away_holds_a_formula(visitor, kind: str) -> None:
    page = visitor("alice")
    page.goto("/acme/images/python/?tab=sbom")
    stored = page.locator("a[href*='/evidence/sbom/']").first.get_attribute("href")
    path = kind if kind.startswith("/") else stored.replace("/sbom/", f"/{kind}/")
    answer = page.request.get(path)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="[a-z0-9.-]+\.csv"', answer.headers["content-disposition"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.body().startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(answer.body().decode("utf-8-sig"), newline=""), strict=True)
    assert all(re.fullmatch("[a-z]+", name) for name in head)
    assert {len(row) for row in rows} == {len(head)}
    cells = [cell for row in rows for cell in row]
    assert any(cell.startswith("'=1+1") for cell in cells)
    assert [cell for cell in cells if re.match(r"\s*[=+@-]", cell)] == []


def test_a_page_that_breaks_the_policy_would_be_seen(visitor) -> None:
    page = visitor(None)
    page.goto("/")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\" onclick=\"hit()\">x</p>')"
    )
    assert len(page.evaluate(FOUND)) > 1
