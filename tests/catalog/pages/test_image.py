"""The page of one image."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import changelogs, contents
from catalog.charts.publish import publish_charts
from catalog.layers import list_layers
from catalog.models import Image, Package, PackageVersion, Release
from registry.models import Grant
from tests.catalog import world
from tests.catalog.layer_tars import layer

TABS = (
    "overview", "tags", "packages", "vulnerabilities", "sbom", "verify", "layers", "compare", "charts", "all"
)  # fmt: skip


@pytest.fixture
def python(acme, globex) -> Image:
    image = world.image()
    world.released(image.streams.get())
    return image


def test_the_pull_command_names_this_host(visit, alice, python) -> None:
    page = visit(alice, "/images/python/").content.decode()
    assert "docker pull acme.localhost/python:3.13" in page


def test_the_commands_of_its_description_name_this_host(visit, alice, python) -> None:
    Image.objects.update(description="It runs.\n\n    docker run @image@ app.py")
    for tab in ("overview", "all"):
        page = visit(alice, f"/images/python/?tab={tab}").content.decode()
        assert "docker run acme.localhost/python:3.13 app.py" in page
        assert "@image@" not in page


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens(visit, alice, python, tab: str) -> None:
    answer = visit(alice, f"/images/python/?tab={tab}")
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.content.decode()


def test_tags_that_never_move_are_marked_fixed(visit, alice, python) -> None:
    page = visit(alice, "/images/python/?tab=tags").content.decode()
    assert "3.13-202608221000" in page
    assert "fixed" in page


def test_two_releases_are_compared(visit, alice, python) -> None:
    world.released(python.streams.get(), content=b"another layer")
    page = visit(alice, "/images/python/?tab=compare").content.decode()
    assert "3.13-202608221001" in page
    assert "0 packages differ" in page


def test_an_image_before_its_first_release_says_what_is_happening(visit, alice, acme) -> None:
    world.image("redis", stream="8")
    page = visit(alice, "/images/redis/").content.decode()
    assert "There is nothing to pull yet." in page
    assert "not built yet" in page


def test_an_image_that_is_not_granted_is_not_there(visit, alice, acme) -> None:
    world.image("redis", is_free=False, stream="8")
    assert visit(alice, "/images/redis/").status_code == 404


def test_a_digest_that_the_grant_does_not_show_has_no_evidence(visit, alice, python) -> None:
    unshown = world.pushed(python.repository, content=b"never tagged")
    assert visit(alice, f"/images/python/evidence/sbom/{unshown.digest}").status_code == 404


def test_a_document_is_served_byte_for_byte(visit, alice, python) -> None:
    release = python.streams.get().releases.get()
    document = b'{"spdxVersion": "SPDX-2.3",  "odd": "spacing"}'
    world.attach(python.repository, release.digest, document, "application/spdx+json")
    answer = visit(alice, f"/images/python/evidence/sbom/{release.digest}")
    assert answer.content == document
    assert release.digest.replace(":", "-") in answer["Content-Disposition"]


def test_a_kind_of_evidence_that_nobody_knows_is_not_there(visit, alice, python) -> None:
    release = python.streams.get().releases.get()
    assert visit(alice, f"/images/python/evidence/poem/{release.digest}").status_code == 404


def second(python: Image) -> tuple[Release, Release]:
    """Its first release, and one that is newer."""
    first = python.streams.get().releases.get()
    return first, world.released(python.streams.get(), content=b"another layer")


def test_another_release_can_be_looked_at_by_its_tag_or_digest(visit, alice, python) -> None:
    first, newest = second(python)
    for name in (first.unique_tag, first.digest):
        page = visit(alice, f"/images/python/?release={name}&tab=sbom").content.decode()
        assert f"The newest is {newest.unique_tag}." in page
        assert f"docker pull acme.localhost/python:{first.unique_tag}" in page
        assert f"evidence/sbom/{first.digest}" in page
        assert f"release={name.replace(':', '%3A')}&amp;tab=verify" in page  # a link to another tab keeps it


def test_any_two_releases_are_compared_by_their_addresses(visit, alice, python) -> None:
    first, newest = second(python)
    page = visit(alice, f"/images/python/?tab=compare&a={newest.digest}&b={first.unique_tag}")
    assert page.status_code == 200
    shown = page.content.decode()
    assert f'<th scope="col">{first.unique_tag}</th>' in shown or "The same packages" in shown


@pytest.mark.parametrize("query", ["release=nothing", "tab=compare&a=nothing", "tab=compare&b=nothing"])
def test_a_release_that_is_not_there_is_not_there(visit, alice, python, query: str) -> None:
    assert visit(alice, f"/images/python/?{query}").status_code == 404


def test_a_release_that_the_grant_does_not_show_is_offered_nowhere(visit, alice, acme, python) -> None:
    first, _ = second(python)
    Grant.objects.of(acme.pk).update(is_latest_only=True)
    for tab in ("compare", "packages", "vulnerabilities"):
        assert first.unique_tag not in visit(alice, f"/images/python/?tab={tab}").content.decode()
    assert visit(alice, f"/images/python/?release={first.digest}").status_code == 404
    assert visit(alice, f"/images/python/?tab=compare&a={first.digest}").status_code == 404


def test_the_vulnerabilities_say_that_no_scan_has_run(visit, alice, python) -> None:
    page = visit(alice, "/images/python/?tab=vulnerabilities").content.decode()
    assert "No vulnerability scan has run." in page
    assert "No changelog was read for this release." in page


def test_layers_say_which_images_share_them(visit, alice, python, globex) -> None:
    shared = layer({"usr/lib/libc": b"libc"}, ["libc6"])
    other = world.image("redis", stream="8")
    world.released(other.streams.get(), content=b"redis", below=(shared,))
    world.released(python.streams.get(), content=b"python", below=(shared,))
    hidden = world.image("secret", is_free=False, stream="1")
    world.released(hidden.streams.get(), content=b"secret", below=(shared,))
    list_layers()
    page = visit(alice, "/images/python/?tab=layers").content.decode()
    assert "libc6" in page
    assert "redis" in page
    assert "secret" not in page


def test_charts_that_use_it_are_listed(visit, alice, acme, settings, tmp_path) -> None:
    settings.STORAGE_ROOT = tmp_path
    nginx = world.image("nginx", stream="1.28")
    world.released(nginx.streams.get())
    publish_charts()
    assert 'href="/charts/nginx/"' in visit(alice, "/images/nginx/?tab=charts").content.decode()


def test_a_line_of_each_moving_tag_is_drawn_with_its_movements(visit, alice, python) -> None:
    second(python)
    page = visit(alice, "/images/python/?tab=tags").content.decode().partition("<figure")[2]
    assert page.count("<circle") == 6  # three tags that moved twice
    assert "6 movements of these tags" in page


@pytest.mark.parametrize("tab", [tab for tab in TABS if tab != "all"])
def test_more_releases_and_tags_cost_no_more_queries(
    visit, alice, python, tab: str, django_assert_max_num_queries
) -> None:
    second(python)
    with CaptureQueriesContext(connection) as few:
        visit(alice, f"/images/python/?tab={tab}")
    for number in range(4):
        world.released(python.streams.get(), content=f"newer {number}".encode())
    with django_assert_max_num_queries(len(few)):
        visit(alice, f"/images/python/?tab={tab}")


@pytest.mark.parametrize("kind", ["packages", "fixes"])
def test_tables_are_safe_to_open_in_a_spreadsheet(visit, alice, python, kind: str) -> None:
    release = python.streams.get().releases.get()
    evil = "=cmd|' /C calc'!A0"
    package = Package.objects.create(ecosystem="deb", name=evil)
    version = PackageVersion.objects.create(
        package=package, version="+1", key=b"1", source=evil, licences="@x"
    )
    changelogs.keep({version.pk: [["-1", "2026-01-01", ["CVE-2026-1"]]]})
    contents.hold(release=release, versions=[version])
    answer = visit(alice, f"/images/python/evidence/{kind}/{release.digest}")
    (line,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert line["source"] == f"'{evil}"
    assert line["version"].startswith("'")
    assert f"python-{release.unique_tag}-{kind}.csv" in answer["Content-Disposition"]


def test_a_description_of_others_is_never_markup(visit, alice, python) -> None:
    Image.objects.update(description="**bold** <script>alert(1)</script> [x](javascript:alert(1))")
    page = visit(alice, "/images/python/").content.decode()
    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
