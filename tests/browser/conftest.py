"""One web process and one chromium for all of these tests, and people who are signed in already."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.server import Portal
from tests.people import PASSWORD

#: person(name, …) opens a page as that person; extra arguments are the browser context's.
Opener = Callable[..., Page]


@pytest.fixture(scope="session")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    site = Portal(tmp_path_factory.mktemp("browser") / "var")
    try:
        yield site.start()
    finally:
        site.stop()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, site: Portal) -> Callable[[str], object]:
    """signed_in(name): that person's cookies; each signs in once, through the page."""
    kept: dict[str, object] = {}

    def state_of(name: str) -> object:
        if name not in kept:
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{site.address}/accounts/login/")
            page.get_by_label("E-mail or login").fill(f"{name}@example.com")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.get_by_role("button", name="Sign in", exact=True).wait_for(state="detached")
            kept[name] = context.storage_state()
            context.close()
        return kept[name]

    return state_of


@pytest.fixture
def troubles() -> list[str]:
    """What the pages of this test complained of: scripts, policy violations, missing files."""
    return []


@pytest.fixture
def person(
    browser: Browser, site: Portal, signed_in: Callable[[str], object], troubles: list[str]
) -> Iterator[Opener]:
    contexts: list[BrowserContext] = []

    def open_page(name: str | None = "alice", **options: object) -> Page:
        state = signed_in(name) if name else None
        options.setdefault("locale", os.environ.get("ASSAY_LANGUAGE", "en-US"))
        options.setdefault("reduced_motion", "reduce")  # no colour is judged half way to another
        context = browser.new_context(storage_state=state, base_url=site.address, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []
