"""An image's page on paper: what a reader keeps is whole, says where it is from, and breaks between rows.

With ASSAY_SCREENSHOTS set to a folder, the sheets are also kept there as pictures for people to look at.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Page

LARGE = """
from builds.engine.deb.version import version_key
from catalog import contents
from catalog.models import Image, Package, PackageVersion
release = Image.objects.get(name="node").streams.get().releases.latest("published_at")
held = [link.version for link in release.package_links.select_related("version")]
for number in range(200 - len(held)):
    package = Package.objects.create(ecosystem="deb", name=f"row-{number:03}-first")
    version = f"1.{number}-last{number:03}"
    held.append(PackageVersion.objects.create(
        package=package, version=version, key=version_key(version), source=package.name, licences="MIT"))
contents.hold(release=release, versions=held)
"""
PATH = "/acme/images/node/?tab=all"
#: What is only there to be pressed.
CONTROLS = "header, footer, .tabs, .actions, .button, .pager, .command button, .choose, form"


@pytest.fixture(scope="module")
def large(site) -> str:
    """The page of an image with 200 packages."""
    site.run(LARGE)
    return PATH


def sheets(page: Page, name: str) -> list[str]:
    """The text of each sheet, as chromium prints the page."""
    document = pypdfium2.PdfDocument(page.pdf(format="A4", print_background=True, prefer_css_page_size=False))
    if folder := os.environ.get("ASSAY_SCREENSHOTS"):
        for number, sheet in enumerate(document):
            sheet.render(scale=1.2).to_pil().save(Path(folder) / f"print-{name}-{number + 1:02}.png")
    return [sheet.get_textpage().get_text_range() for sheet in document]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_image_is_printed_whole_with_its_source_and_nothing_to_press(
    person, large: str, scheme: str
) -> None:
    page = person(color_scheme=scheme)
    page.goto(large)
    digest = page.locator('code[title^="sha256:"]').first.get_attribute("title")
    address = page.url
    found = sheets(page, scheme)
    text = re.sub(r"\s+", "", "".join(found))
    assert re.sub(r"\s+", "", address) in text
    assert re.search(r"asof\d{4}-\d\d-\d\d\d\d:\d\dUTC", text)
    assert digest in text
    assert re.search("sha256:[0-9a-f]*…", text, re.IGNORECASE) is None
    assert f"1/{len(found)}" in re.sub(r"\s+", "", found[0])
    page.emulate_media(media="print")
    seen = "all => all.filter(one => one.checkVisibility()).length"
    assert page.locator(CONTROLS).evaluate_all(seen) == 0
    assert page.locator("table").evaluate_all(seen) == page.locator("table").count()


def test_no_row_is_torn_between_two_sheets_and_none_is_lost(person, large: str) -> None:
    page = person()
    page.goto(large)
    found = sheets(page, "rows")
    for number in range(197):
        holding = [text for text in found if f"row-{number:03}-first" in text]
        assert len(holding) == 1, number
        assert f"last{number:03}" in holding[0], number
    # Its head is said again on each sheet.
    assert sum("Licences" in text for text in found) == sum("row-" in text for text in found)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_paper_is_white_and_ink_dark_whatever_was_chosen(person, large: str, theme: str) -> None:
    page = person(color_scheme="dark")
    page.goto(large)
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    page.emulate_media(media="print", color_scheme="dark")
    colours = page.evaluate(
        "['html', 'h1', '.table td'].map(one => getComputedStyle(document.querySelector(one)))"
        ".flatMap(one => [one.color, one.backgroundColor])"
    )
    ink, paper, *rest = colours
    assert paper == "rgb(255, 255, 255)"
    assert {ink, rest[0]} == {"rgb(29, 27, 23)"}
