"""From click to pull: the wizard in a browser, a real build, and the result pulled and run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journey.pulling import run_image, skopeo
from tests.servers.running import RunningPortal

BUILT = 300
ENTRYPOINT = "/usr/bin/curl --version"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert troubles == []


def sign_in(page: Page, portal: RunningPortal) -> None:
    owner = portal.person("owner")
    page.goto(f"{portal.address}/acme/")
    page.locator("[name=login]").fill(owner["login"])
    page.locator("[name=password]").fill(owner["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()


def go_on(page: Page) -> None:
    """Press the wizard's button to the next step."""
    page.get_by_role("button", name=re.compile("^Continue to")).click()


def test_from_click_to_pull(running_portal: RunningPortal, page: Page, tmp_path: Path) -> None:
    running_portal.wait_for("python:3.13 is published", seconds=BUILT)
    sign_in(page, running_portal)
    page.get_by_role("link", name="python", exact=False).first.click()
    page.get_by_role("link", name="Customise").click()

    page.get_by_label("Name").fill("reporter")
    page.get_by_label("Tag").fill("v1")
    go_on(page)
    for name in ("curl", "jq"):
        page.get_by_label("Search packages").fill(name)
        page.get_by_role("button", name=f"Add {name}", exact=True).click()
        expect(page.get_by_role("button", name=f"Remove {name}", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile(r"Resolved: \d+ added to \d+"))).to_be_visible()
    go_on(page)
    page.get_by_label("Entrypoint").fill(ENTRYPOINT)
    page.get_by_label("Environment").fill("APP_MODE=production")
    page.get_by_label("Labels").fill("team=payments")
    go_on(page)
    go_on(page)
    page.get_by_role("button", name="Build", exact=True).click()
    expect(page.get_by_text("Test in the sandbox")).to_be_visible()
    expect(page.get_by_role("heading", name="Succeeded")).to_be_visible(timeout=BUILT * 1000)
    pull = page.get_by_text("docker pull").first.inner_text()
    reference = pull.split()[-1]
    assert reference.endswith("/acme/reporter:v1")

    owner = running_portal.person("owner")
    layout = tmp_path / "layout"
    done = skopeo(reference, layout, login=owner["login"], token=owner["token"])
    assert done.returncode == 0, done.stderr
    ran = run_image(layout, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("curl ")


def test_a_starter_image_computes_and_a_stranger_is_told_nothing(
    running_portal: RunningPortal, tmp_path: Path
) -> None:
    running_portal.wait_for("the starter catalogue is complete", seconds=BUILT)
    owner, member = running_portal.person("owner"), running_portal.person("member")
    port = running_portal.port
    python = f"localhost:{port}/acme/python:3.13"
    assert skopeo(python, tmp_path / "python", login=owner["login"], token=owner["token"]).returncode == 0
    ran = run_image(tmp_path / "python", tmp_path, "-c", "print(6 * 7)")
    assert (ran.stdout.strip(), ran.returncode) == ("42", 0), ran.stderr

    theirs = f"localhost:{port}/globex/python:3.13"
    assert skopeo(theirs, tmp_path / "theirs", login="x", token=member["token"]).returncode == 0
    hidden = skopeo(f"localhost:{port}/globex/redis:8.0", tmp_path / "no", login="x", token=member["token"])
    assert hidden.returncode != 0
    assert "unknown" in hidden.stderr or "not found" in hidden.stderr.lower(), hidden.stderr
    foreign = skopeo(python, tmp_path / "no", login="x", token=member["token"])
    assert foreign.returncode != 0
