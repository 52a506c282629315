"""Small comforts: copy, search as you type, colours, a build that is watched, and what a page costs."""

from __future__ import annotations

import gzip

from playwright.sync_api import expect

#: Budgets of the catalogue page: requests, and kilobytes compressed without type.
REQUESTS, KILOBYTES = 6, 60


def test_a_command_is_copied_and_the_button_says_so(person, site) -> None:
    page = person(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/acme/images/nginx/")
    button = page.get_by_role("button", name="Copy").first
    button.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"docker pull localhost:{site.port}/acme/nginx:1.26"


def test_a_slash_leads_to_the_search_and_typing_narrows_the_list(person) -> None:
    page = person()
    page.goto("/acme/images/")
    page.keyboard.press("/")
    page.keyboard.type("docker.io/library/redis")
    expect(page.get_by_role("link", name="nginx")).to_have_count(0)
    expect(page.get_by_role("table").get_by_role("link", name="redis", exact=True)).to_be_visible()
    assert "q=docker.io" in page.url


def test_colours_are_chosen_and_kept(person) -> None:
    page = person(color_scheme="light")
    page.goto("/acme/images/")
    page.get_by_text("Alice", exact=True).click()
    page.get_by_role("button", name="Dark").first.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/acme/charts/")
    assert page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor") == "rgb(21, 20, 18)"


def test_a_build_that_is_watched_moves_by_itself_and_survives_a_lost_connection(
    person, site, troubles: list[str]
) -> None:
    page = person()
    page.goto("/acme/builds/")
    page.locator("tr", has_text="watched").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1, name="Test in the sandbox")).to_be_visible()
    build = page.url.rstrip("/").rpartition("/")[2]
    page.context.set_offline(True)
    expect(page.get_by_text("The connection is gone.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("The connection is gone.")).to_be_hidden()
    troubles.clear()
    site.run(
        "from builds import states; from builds.models import Build\n"
        f"build = Build.objects.get(pk='{build}')\n"
        "states.mark(build, 'test', 'done'); states.mark(build, 'push', 'running')"
    )
    expect(page.get_by_role("heading", name="Push by digest")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()


def test_the_catalogue_costs_few_requests_and_little_weight(person, site) -> None:
    page = person()
    answers = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  playwright takes no built-in
    page.goto("/acme/images/", wait_until="networkidle")
    assert {answer.url.split("/")[2] for answer in answers} == {f"localhost:{site.port}"}
    of_page = [answer for answer in answers if not answer.url.endswith(".svg")]  # the icon: once a host
    assert len(of_page) <= REQUESTS, [answer.url for answer in of_page]
    weight = sum(len(gzip.compress(answer.body())) for answer in answers if not answer.url.endswith(".woff2"))
    assert weight <= KILOBYTES * 1000


def test_a_print_has_neither_navigation_nor_buttons(person) -> None:
    page = person()
    page.goto("/acme/images/python/?tab=packages")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main").first).to_be_hidden()
    expect(page.get_by_role("link", name="Customise")).to_be_hidden()
    expect(page.get_by_role("cell", name="libc6", exact=True).first).to_be_visible()
