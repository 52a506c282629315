"""`python -m tests.browser.pictures [FOLDER]`: the README's pictures, made anew from the tests' world.

Not a test: it judges nothing. Needs chromium, as the tests of pages do.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.server import Portal

DOCS = Path(__file__).resolve().parents[2] / "docs"
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 360, "height": 740}
#: Colours that are kept of each; the pages have few.
COLOURS = 128


def main(folder: Path) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"  # the portal has named its own by now
    django.setup()
    with tempfile.TemporaryDirectory(prefix="assay-pictures-") as scratch, sync_playwright() as playwright:
        site = Portal(Path(scratch) / "var").start()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        try:
            context = browser.new_context(base_url=site.address, viewport=WIDE)
            page = context.new_page()
            _sign_in(page)
            page.goto("/acme/images/")
            _keep(page, folder / "images.png")
            page.goto("/acme/images/python/")
            _keep(page, folder / "image.png")
            _review(page)
            _keep(page, folder / "wizard.png")
            page.set_viewport_size(PHONE)
            page.goto("/acme/images/")
            _keep(page, folder / "phone.png")
        finally:
            browser.close()
            site.stop()


def _sign_in(page: Page) -> None:
    from tests.people import PASSWORD  # its models need Django to be set up

    page.goto("/acme/accounts/login/")
    page.get_by_label("E-mail or login").fill("alice@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Images").wait_for()


def _review(page: Page) -> None:
    """The wizard's last step, of python with curl."""
    page.goto("/acme/golden/new/?base=python:3.13")
    page.get_by_label("Name", exact=True).fill("shop-api")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Search packages").fill("curl")
    page.get_by_role("button", name="Add curl", exact=True).click()
    page.get_by_text("Resolved:").wait_for()
    page.goto("/acme/golden/new/review/")


def _keep(page: Page, path: Path) -> None:
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS).save(path, optimize=True)
    sys.stdout.write(f"{path}: {path.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS)
