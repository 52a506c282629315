"""The branding page shows what is chosen before it is saved."""

from __future__ import annotations


def test_colour_and_name_are_shown_at_once_and_kept_only_when_saved(person) -> None:
    page = person("alice", viewport={"width": 1280, "height": 900})
    page.goto("/acme/settings/branding/")
    button = page.locator("main .button.primary").first
    before = button.evaluate("each => getComputedStyle(each).backgroundColor")
    with page.expect_response("**/branding/contrast*"):
        page.locator("#accent").evaluate(
            "each => { each.value = '#aa3300'; each.dispatchEvent(new Event('input', {bubbles: true})); }"
        )
    page.locator("#name").fill("Acme Harbour")
    page.locator("#contrast", has_text="By day 6.2:1. It can be read.").wait_for()
    page.wait_for_function(
        "before => getComputedStyle(document.querySelector('main .button.primary')).backgroundColor !== before",
        arg=before,
    )
    assert button.evaluate("each => getComputedStyle(each).backgroundColor") == "rgb(170, 51, 0)"
    assert page.locator(".brand").inner_text() == "Acme Harbour"
    page.reload()
    assert page.locator(".brand").inner_text() == "Acme Images"
