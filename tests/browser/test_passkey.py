"""A passkey in a real browser with a virtual authenticator: added, used without a password, removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.server import Portal
from tests.people import PASSWORD

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(browser: Browser, site: Portal) -> Iterator[Page]:
    context = browser.new_context(base_url=site.address)
    yield context.new_page()
    context.close()


@pytest.fixture
def device(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    return session


def sign_in(page: Page, name: str) -> None:
    page.goto("/acme/accounts/login/")
    page.get_by_label("E-mail or login").fill(f"{name}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Images", exact=True).wait_for()


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def add_passkey(page: Page) -> None:
    page.goto("/acme/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator("main").get_by_text("Recovery").locator("visible=true").first.wait_for()


def test_a_passkey_signs_in_without_a_password_and_no_more_once_removed(page: Page, device) -> None:
    sign_in(page, "vera")
    add_passkey(page)
    sign_out(page)

    page.goto("/acme/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("heading", name="Images", exact=True).wait_for()

    page.goto("/acme/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("link", name="Use a security key").click()
    page.get_by_role("button", name="Use a security key").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("No security keys have been added").wait_for()
    sign_out(page)

    page.goto("/acme/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_timeout(500)
    page.goto("/acme/images/")
    assert "/accounts/login/" in page.url


def test_a_passkey_is_no_way_past_required_single_sign_on(page: Page, site: Portal, device) -> None:
    sign_in(page, "bob")
    add_passkey(page)
    sign_out(page)
    try:
        require(site, True)
        page.goto("/acme/accounts/login/")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.get_by_text("lets people in by single sign-on alone").wait_for()
        page.goto("/acme/images/")
        assert "/accounts/login/" in page.url
        # At the portal's own address it is another matter; the tenant stays shut.
        page.goto("/accounts/login/")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.get_by_role("heading", name="Sign in", exact=True).wait_for(state="detached")
        assert page.goto("/acme/images/").status == 404
        require(site, False)
        assert page.goto("/acme/images/").status == 200
    finally:
        require(site, False)


def require(site: Portal, is_required: bool) -> None:
    site.run(
        f"from tenants.models import Tenant; Tenant.objects.filter(slug='acme').update(requires_sso={is_required})"
    )
