"""Every page, narrow and wide, light and dark: axe finds nothing, nothing scrolls sideways, nothing complains.

With ASSAY_SCREENSHOTS set to a folder, each is also kept there as a picture for people to look at; with
ASSAY_LANGUAGE=zh-CN in Chinese.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
SIZES = {360: 740, 1280: 900}
if "ASSAY_SCREENSHOTS" in os.environ:
    SIZES[768] = 1000  # for the eye; what is judged differs at the other two
#: name: (person, path)
PAGES: dict[str, tuple[str | None, str]] = {
    "front": (None, "/"),
    "sign-in": (None, "/acme/accounts/login/"),
    "forgotten": (None, "/acme/accounts/password/reset/"),
    "no-tenant": ("nobody", "/"),
    "images": ("alice", "/acme/images/"),
    "images-none": ("alice", "/acme/images/?q=nothing"),
    "free": (None, "/free/images/"),
    "free-image": (None, "/free/images/nginx/"),
    "free-tags": (None, "/free/images/nginx/?tab=tags"),
    "free-verify": (None, "/free/images/nginx/?tab=verify"),
    "free-compare": (None, "/free/images/nginx/?tab=compare&with=base"),
    "images-cards": ("alice", "/acme/images/?view=cards"),
    "images-replace": ("alice", "/acme/images/?q=docker.io/library/redis:7"),
    "images-mistyped": ("alice", "/acme/images/?q=pyhton&category=language"),
    "images-available": ("charlie", "/globex/images/?access=available"),
    "images-available-cards": ("charlie", "/globex/images/?access=available&view=cards"),
    "available": ("charlie", "/globex/available/redis/"),
    "available-asked": ("charlie", "/globex/available/postgres/"),
    "available-declined": ("charlie", "/globex/available/openjdk-jre/"),
    "packages": ("alice", "/acme/packages/"),
    "packages-found": ("alice", "/acme/packages/?package=libc6&below=2.42&older=1"),
    "packages-none": ("alice", "/acme/packages/?package=lib"),
    "images-accent": ("charlie", "/globex/images/"),
    "image": ("alice", "/acme/images/python/"),
    "image-long": ("alice", "/acme/images/team-with-a-long-name/and-an-image.that-says-what-it-is-for/"),
    "image-unbuilt": ("alice", "/acme/images/postgres/"),
    "image-stale": ("alice", "/acme/images/redis/"),
    **{
        f"image-{tab}": ("alice", f"/acme/images/python/?tab={tab}")
        for tab in (
            "tags",
            "packages",
            "vulnerabilities",
            "sbom",
            "verify",
            "layers",
            "compare",
            "charts",
            "all",
        )
    },
    "images-visited": ("petra", "/globex/images/"),
    "charts": ("alice", "/acme/charts/"),
    "charts-found": ("alice", "/acme/charts/?q=redis&category=database&sort=newest"),
    "charts-none": ("alice", "/acme/charts/?q=nothing"),
    "charts-cards": ("alice", "/acme/charts/?view=cards"),
    "charts-available": ("charlie", "/globex/charts/?access=available"),
    "chart-available": ("charlie", "/globex/charts/redis/"),
    "chart-import": ("alice", "/acme/charts/import"),
    "chart": ("alice", "/acme/charts/nginx/"),
    "chart-template": ("alice", "/acme/charts/redis/?tab=templates&file=templates/workload.yaml"),
    "chart-older": ("alice", "/acme/charts/nginx/?version=0.1.1"),
    **{
        f"chart-{tab}": ("alice", f"/acme/charts/redis/?tab={tab}")
        for tab in ("values", "templates", "images", "versions")
    },
    "chart-own": ("alice", "/acme/charts/storefront/"),
    "chart-own-images": ("alice", "/acme/charts/storefront/?tab=images"),
    "chart-values-none": ("alice", "/acme/charts/redis/?tab=values&q=nothing"),
    "repositories": ("alice", "/acme/repositories/"),
    "repositories-none": ("charlie", "/globex/repositories/"),
    "repository": ("alice", "/acme/repositories/team/app/"),
    "repository-empty": ("alice", "/acme/repositories/empty/"),
    "tag": ("alice", "/acme/repositories/team/app/tags/v1/"),
    "tag-at": ("alice", "/acme/repositories/team/app/tags/v1/?at=2030-01-01T10:00"),
    "tag-reader": ("vera", "/acme/repositories/team/app/tags/v1/"),
    "tag-pinned": ("alice", "/acme/repositories/python/tags/3.13/"),
    "tag-fixed": ("alice", "/acme/repositories/python/tags/3.13-202608221001/"),
    "tag-delete": ("alice", "/acme/repositories/team/app/tags/v1/delete"),
    "pins": ("alice", "/acme/pins/"),
    "pins-none": ("charlie", "/globex/pins/"),
    "golden": ("alice", "/acme/golden/"),
    "golden-none": ("charlie", "/globex/golden/"),
    "recipe": ("alice", "/acme/golden/acme-api/"),
    "recipe-unbuilt": ("alice", "/acme/golden/never-built/"),
    "wizard": ("alice", "/acme/golden/new/base/"),
    "wizard-none": ("alice", "/acme/golden/new/base/?q=nothing"),
    "builds": ("alice", "/acme/builds/"),
    "capabilities": ("alice", "/acme/builds/capabilities/python/"),
    "tokens": ("alice", "/acme/settings/tokens/"),
    "team": ("alice", "/acme/settings/team/"),
    "member-remove": ("alice", "/acme/settings/team/2/remove"),
    "branding": ("alice", "/acme/settings/branding/"),
    "branding-accent": ("charlie", "/globex/settings/branding/"),
    "invitation": (None, "/acme/invitations/welcome/"),
    "directories": ("alice", "/acme/settings/directories/"),
    "directory": ("alice", "/acme/settings/directories/1/"),
    "directory-edit": ("alice", "/acme/settings/directories/1/edit/"),
    "directory-remove": ("alice", "/acme/settings/directories/1/remove/"),
    "providers": ("alice", "/acme/settings/providers/"),
    "providers-none": ("charlie", "/globex/settings/providers/"),
    "provider-new": ("alice", "/acme/settings/providers/new/"),
    "provider": ("alice", "/acme/settings/providers/1/"),
    "policies": ("alice", "/acme/settings/policies/"),
    "policy": ("alice", "/acme/settings/policies/1/"),
    "policy-trial": ("alice", "/acme/settings/policies/trial/"),
    "hostnames": ("alice", "/acme/settings/hostnames/"),
    "audit": ("alice", "/acme/settings/audit/"),
    "password": ("alice", "/acme/accounts/password/change/"),
    "two-factor": ("alice", "/acme/accounts/2fa/"),
    "sessions": ("alice", "/acme/accounts/sessions/"),
    "admin-tenants": ("petra", "/admin/tenants/"),
    "admin-tenants-none": ("petra", "/admin/tenants/?q=nothing"),
    "admin-tenant-new": ("petra", "/admin/new-tenant/"),
    "admin-tenant": ("petra", "/admin/tenants/globex/"),
    "admin-tenant-found": ("petra", "/admin/tenants/acme/?q=redis&state=granted"),
    "admin-tenant-none": ("petra", "/admin/tenants/acme/?q=nothing"),
    "admin-tenant-support": ("sam", "/admin/tenants/acme/"),
    "admin-tenant-charts": ("petra", "/admin/tenants/acme/charts/"),
    "admin-tenant-all": ("petra", "/admin/tenants/globex/all?verb=give"),
    "admin-tenant-visits": ("petra", "/admin/tenants/globex/visits/"),
    "admin-tenant-settings": ("petra", "/admin/tenants/acme/settings/"),
    "admin-grants": ("petra", "/admin/tenants/acme/grants/"),
    "admin-grant": ("petra", "/admin/tenants/acme/grants/1/"),
    "admin-images": ("petra", "/admin/images/"),
    "admin-images-none": ("petra", "/admin/images/?q=nothing"),
    "admin-image": ("petra", "/admin/images/python/"),
    "admin-tag": ("petra", "/admin/images/python/tags/3.13/"),
    "admin-requests": ("petra", "/admin/requests/"),
    "admin-requests-none": ("petra", "/admin/requests/?q=nothing"),
    "admin-requests-declined": ("petra", "/admin/requests/?state=declined"),
    "admin-builds": ("petra", "/admin/builds/"),
    "admin-builds-none": ("petra", "/admin/builds/?q=nothing"),
}
#: How a list marks a build's state, whatever the language.
PILLS = {"succeeded": ".pill.good", "failed": ".pill.bad", "building": ".pill:not(.good):not(.bad)"}
RUN_AXE = """async (rules) => (await axe.run(rules ? {runOnly: rules} : {resultTypes: ["violations"]})).violations.map(
  each => each.id + ": " + each.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(" | "))"""


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_fit_for_everyone(person, name: str, width: int) -> None:
    who, path = PAGES[name]
    page = person(who, viewport={"width": width, "height": SIZES[width]})
    assert page.goto(path).status == 200
    assert page.locator("h1").count() == 1
    _judge(page, name, width)


@pytest.mark.parametrize("width", SIZES)
def test_the_wizard_s_later_steps_are_fit_for_everyone(person, width: int) -> None:
    page = person(viewport={"width": width, "height": SIZES[width]})
    page.goto("/acme/golden/new/?base=python:3.13")
    page.locator("#name").fill("shop-api")
    page.locator("button.primary").click()
    page.locator("#base-packages summary").click()
    page.locator("#base-packages button[name=take]").first.wait_for()
    _judge(page, "wizard-packages", width)
    page.locator("#q").fill("curl")
    page.locator("#results button[value=curl]").click()
    page.locator(".chip[value=curl]").wait_for()
    _judge(page, "wizard-resolved", width)
    for step in ("start-up", "files", "review"):
        page.goto(f"/acme/golden/new/{step}/")
        _judge(page, f"wizard-{step}", width)


@pytest.mark.parametrize("state", ["succeeded", "failed", "building"])
@pytest.mark.parametrize("width", SIZES)
def test_a_build_is_shown_in_every_state(person, state: str, width: int) -> None:
    page = person(viewport={"width": width, "height": SIZES[width]})
    page.goto("/acme/builds/")
    page.locator(f"tr:has({PILLS[state]})").get_by_role("link").first.click()
    page.locator(".build-steps").wait_for()
    _judge(page, f"build-{state}", width)


@pytest.mark.parametrize("path", ["/acme/images/nothing/", "/globex/images/", "/nowhere/"])
def test_what_is_not_there_is_said_in_the_houses_words(person, troubles: list[str], path: str) -> None:
    page = person()
    assert page.goto(path).status == 404
    assert page.get_by_text("not_found").is_visible()
    assert all("404" in each for each in troubles)
    troubles.clear()


def _judge(page: Page, name: str, width: int) -> None:
    """Nothing hangs out at the side; axe finds nothing by day, and no faint colour by night."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(AXE.read_text())
    page.emulate_media(color_scheme="light")
    _keep(page, f"{name}-{width}-light")
    assert page.evaluate(RUN_AXE, None) == []
    page.emulate_media(color_scheme="dark")
    _keep(page, f"{name}-{width}-dark")
    assert page.evaluate(RUN_AXE, ["color-contrast"]) == []


def _keep(page: Page, name: str) -> None:
    if folder := os.environ.get("ASSAY_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
