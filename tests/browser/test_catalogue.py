"""The catalogue by ear, by keyboard, without TLS, and very narrow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

#: Of the catalogue, what has to fit a screen of 320 px: 1,280 px at a zoom of 400 % (WCAG 2.2, 1.4.10).
NARROW = (
    "/acme/images/?q=docker.io/library/redis:7", "/acme/images/?view=cards", "/acme/packages/?package=libc6&older=1",
    *(f"/acme/images/python/?tab={tab}" for tab in ("overview", "tags", "vulnerabilities", "verify", "layers", "compare")),
    "/acme/images/team-with-a-long-name/and-an-image.that-says-what-it-is-for/", "/acme/golden/acme-api/?tab=verify",
    "/globex/available/redis/", "/free/images/nginx/?tab=sbom",
)  # fmt: skip


def spoken(page: Page):
    return page.locator("[data-say]")


def test_how_many_are_found_is_said_while_one_types(person) -> None:
    page = person()
    page.goto("/acme/images/")
    expect(spoken(page)).to_be_empty()
    search = page.get_by_role("searchbox")
    search.press_sequentially("python")
    expect(spoken(page)).to_have_text("1 image")
    expect(search).to_be_focused()
    search.fill("zzzzz")
    expect(spoken(page)).to_have_text("Nothing matches “zzzzz”.")


def test_back_leads_to_the_list_before_the_search_and_no_page_is_kept(person) -> None:
    page = person()
    page.goto("/acme/images/")
    page.get_by_role("searchbox").fill("nginx")
    expect(page.get_by_role("table").get_by_role("link", name="redis", exact=True)).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("table").get_by_role("link", name="redis", exact=True)).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("")
    kept = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "nginx" not in kept


def test_what_was_copied_is_said(person) -> None:
    page = person(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/acme/images/nginx/")
    button = page.get_by_role("button", name="Copy the digest")
    button.click()
    expect(spoken(page)).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("sha256:")
    expect(button).to_have_text("Copy")


def test_without_tls_copying_works_too(person, site) -> None:
    page = person()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto("/acme/images/nginx/?tab=compare")
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_focused()
    page.get_by_text("Any others, by tag or digest").click()
    page.get_by_label("From").last.click()
    page.keyboard.press("Control+V")
    expect(page.get_by_label("From").last).to_have_value(f"docker pull localhost:{site.port}/acme/nginx:1.26")


def test_the_keyboard_reaches_content_tabs_and_rows(person) -> None:
    page = person()
    page.goto("/acme/images/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("main").get_by_role("link", name="Find a package")).to_be_focused()
    page.get_by_role("table").get_by_role("link", name="nginx", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Layers", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Shared with")).to_be_visible()


def test_a_table_that_flows_on_a_phone_stays_one(person) -> None:
    page = person(viewport={"width": 360, "height": 740})
    page.goto("/acme/images/")
    table = page.locator("table.flow")
    assert table.evaluate("node => getComputedStyle(node).display") == "block"
    roles = table.evaluate(
        "node => [node, ...node.querySelectorAll('*')].map(part => part.getAttribute('role'))"
    )
    assert {"table", "rowgroup", "row", "columnheader", "cell"} <= set(roles)
    page.get_by_role("searchbox").fill("nginx")
    expect(page.locator("[data-say]")).to_have_text("1 image")
    assert page.locator("table.flow td:not([role=cell])").count() == 0


@pytest.mark.parametrize("path", NARROW)
def test_nothing_is_cut_off_at_a_zoom_of_400_percent(person, path: str) -> None:
    page = person("charlie" if "globex" in path else "alice", viewport={"width": 320, "height": 256})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_what_is_chosen_is_seen_in_the_reader_s_own_colours(person) -> None:
    page = person(forced_colors="active")
    page.goto("/acme/images/?category=web")
    for chosen in page.locator(".filters [aria-current], .segments [aria-current]").all():
        assert "underline" in chosen.evaluate("node => getComputedStyle(node).textDecorationLine")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_menu_leads_to_the_main_pages_where_nothing_else_does(person, width: int) -> None:
    page = person()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/acme/images/")
    page.locator("details.menu summary").click()
    links = page.get_by_role("banner").get_by_role("link", name="Charts", exact=True)
    expect(links.filter(visible=True)).to_have_count(1)
    expect(page.get_by_role("link", name="Audit trail")).to_be_visible()
