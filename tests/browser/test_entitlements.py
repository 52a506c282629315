"""Ticking what a tenant may pull: with a script that warns before ticks are lost, and without any."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

#: globex has neither the image node nor redis; the tests leave it so. The chart that came with redis stays.
PATH = "/admin/tenants/globex/"


def ticked(page: Page, name: str) -> bool:
    page.goto(f"{PATH}?q={name}")
    return page.get_by_label(name).first.is_checked()


def test_ticks_are_counted_and_not_lost_by_leaving(person) -> None:
    page = person("petra")
    page.goto(PATH)
    page.get_by_label("node").check()
    expect(page.get_by_text("1 change, not saved yet.")).to_be_visible()
    page.get_by_label("redis").check()
    expect(page.get_by_text("2 changes, not saved yet.")).to_be_visible()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Settings").click()
    page.wait_for_url("**/settings/")
    assert asked == ["beforeunload"]


def is_told(page: Page, deed: str, named: str) -> None:
    """What was done, and to what."""
    notice = page.get_by_role("status").filter(has_text=re.compile(rf"\d {deed}\."))
    expect(notice).to_contain_text(re.compile(rf": {named}\s"))


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_an_image_is_granted_and_the_grant_undone(person, has_script: bool) -> None:
    page = person("petra", java_script_enabled=has_script)
    page.goto(f"{PATH}?q=redis")
    page.get_by_label("redis").first.check()
    page.get_by_role("button", name="Save").click()
    is_told(page, "granted", "(charts/redis, )?redis")  # the chart comes with it, the first time
    assert ticked(page, "redis")
    page.goto(f"{PATH}?q=redis&state=granted")
    page.get_by_role("link", name="Take away all 1").click()
    page.get_by_role("button", name="Take away all 1").click()
    is_told(page, "taken away", "redis")
    page.get_by_role("button", name="Undo").click()
    is_told(page, "granted", "redis")
    page.get_by_label("redis").first.uncheck()
    page.get_by_role("button", name="Save").click()
    is_told(page, "taken away", "redis")
    assert not ticked(page, "redis")
