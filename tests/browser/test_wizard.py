"""The wizard as people use it: with the keyboard alone, without a script, and with mistakes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

FOCUSED = """(() => { const it = document.activeElement;
  return (it.getAttribute("aria-label") || it.innerText || it.id || "").replace(/\\s+/g, " ").trim() + " "; })()"""


def tab_to(page: Page, name: str, *, most: int = 80) -> None:
    """Press Tab until the control whose accessible name begins with these words has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED).startswith(f"{name} "):
            return
    raise AssertionError(f"{name} cannot be reached with the keyboard")


def test_from_base_to_order_with_the_keyboard_alone(person) -> None:
    page = person()
    page.goto("/acme/golden/new/?base=python:3.13")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("by-keyboard")
    tab_to(page, "Continue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/packages/")
    page.keyboard.press("/")
    page.keyboard.type("curl")
    expect(page.get_by_role("button", name="Add curl", exact=True)).to_be_visible()
    tab_to(page, "Add curl")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove curl")).to_be_visible()
    expect(page.get_by_text("Resolved:")).to_be_visible()
    expect(page.get_by_label("Search packages")).to_be_focused()
    for step in ("start-up", "files", "review"):
        tab_to(page, "Continue")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/{step}/")
    tab_to(page, "Build")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queued")).to_be_visible()
    expect(page.get_by_text("by-keyboard")).to_be_visible()


def test_from_base_to_order_without_a_script(person) -> None:
    page = person(java_script_enabled=False)
    page.goto("/acme/golden/new/")
    page.get_by_label("Name", exact=True).fill("no-script")
    page.get_by_label("python:3.13").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Search packages").fill("jq")
    page.get_by_label("Search packages").press("Enter")
    page.get_by_role("button", name="Add jq").click()
    expect(page.get_by_text("Resolved: 1 added to")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Entrypoint").fill("/usr/bin/jq .")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Path of a file to add").fill("/etc/app/config.json")
    page.get_by_label("Content").fill("{}")
    page.get_by_role("button", name="Add the file").click()
    expect(page.get_by_role("cell", name="/etc/app/config.json")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Build", exact=True).click()
    expect(page.get_by_role("heading", name="Queued")).to_be_visible()


def test_an_error_appears_at_its_field_while_one_types_and_goes_when_it_is_mended(person) -> None:
    page = person()
    page.goto("/acme/golden/new/?base=python:3.13")
    page.goto("/acme/golden/new/start-up/")
    entrypoint = page.get_by_label("Entrypoint")
    entrypoint.fill('/usr/bin/python3 "open')
    error = page.locator("#errors-entrypoint")
    expect(error).to_contain_text("never closed")
    expect(page.get_by_text("Cannot be built so").first).to_be_visible()
    expect(entrypoint).to_be_focused()
    entrypoint.fill("/usr/bin/python3 open")
    expect(error).to_be_empty()


def test_a_step_that_is_wrong_is_not_left(person) -> None:
    page = person()
    page.goto("/acme/golden/new/?base=python:3.13")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#errors-name")).to_contain_text("Give the golden image a name")
    page.get_by_label("Name", exact=True).fill("python")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#errors-name")).to_contain_text("is an image of your catalogue")
    expect(page.get_by_label("Name", exact=True)).to_have_value("python")


@pytest.mark.parametrize(
    ("package", "said"), [("wild", "nobody has reviewed"), ("mail-a", "nobody has reviewed")]
)
def test_a_package_that_cannot_be_built_in_is_said_so_and_taken_back(person, package: str, said: str) -> None:
    page = person()
    page.goto("/acme/golden/new/?base=python:3.13")
    page.goto("/acme/golden/new/packages/")
    page.get_by_label("Search packages").fill(package)
    page.get_by_role("button", name=f"Add {package}", exact=True).click()
    expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()
    page.get_by_role("button", name=f"Remove {package}").click()
    expect(page.get_by_text("Nothing added")).to_be_visible()


def test_a_package_of_the_base_is_taken_away_and_kept_again(person) -> None:
    page = person()
    page.goto("/acme/golden/new/?base=python:3.13")
    page.goto("/acme/golden/new/packages/")
    page.get_by_text("Packages of the base").click()
    first = page.get_by_role("button", name="Take away").first
    name = first.get_attribute("value")
    first.click()
    kept = page.get_by_role("button", name=f"Keep {name}", exact=True)
    expect(kept).to_be_visible()
    expect(page.get_by_text("1 taken away")).to_be_visible()
    kept.click()
    expect(page.get_by_role("button", name=f"Keep {name}", exact=True)).to_have_count(0)
    expect(page.get_by_text("1 taken away")).to_have_count(0)
