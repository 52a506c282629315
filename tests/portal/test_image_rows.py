"""Rows of the list of images, and what they say of each."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import translation

from catalog.models import AccessRequest, Image, Release, VersionStream
from catalog.pages.images import Row
from catalog.wanted import Access, Life
from portal.templatetags import image_rows as rows

AT = datetime(2026, 3, 1, 23, 5, 40, tzinfo=UTC)


pytestmark = pytest.mark.usefixtures("at_a_tenant")


def row(
    name="python", *, summary="The language.", is_built=True, is_free=False, progress="", asked=None, **more
) -> Row:
    image = Image(name=name, summary=summary, is_free=is_free, ends_on=date(2026, 2, 3))
    values = {"stream": VersionStream(name="3.13"), "life": Life.SUPPORTED} | more
    release = Release(size=18_200_000, published_at=AT) if is_built else None
    return Row(
        image=image, name=name, release=release, marks=[], progress=progress, architectures=[], asked=asked, **values
    )  # fmt: skip


def shown(*given: Row, access=Access.YOURS) -> str:
    return rows.image_rows(given, access)


@pytest.mark.parametrize("name", ["python", "team-a/python-3", "a.b_c", "100 % <b>"])
@pytest.mark.parametrize(
    ("access", "route"), [(Access.YOURS, "image"), (Access.AVAILABLE, "available-image")]
)
def test_a_row_leads_to_the_page_of_its_image(name, access, route):
    address = reverse(route, kwargs={"name": name})
    assert f'<a class="target" href="{address}">' in shown(row(name), access=access)
    assert address.startswith("/acme/")


def test_a_row_says_the_newest_of_its_image():
    page = shown(row())
    assert "<td><code>3.13</code></td>" in page
    assert "18.2 MB" in page
    assert 'datetime="2026-03-01T23:05:40+00:00"' in page
    assert '<span class="hallmarks above">' in page


def test_what_is_not_built_says_how_far_it_is():
    assert "not built yet" in shown(row(is_built=False))
    assert "step 2 &lt;of&gt; 5" in shown(row(is_built=False, progress="step 2 <of> 5"))
    assert '<code class="fade"></code>' in shown(row(is_built=False, stream=None))


@pytest.mark.parametrize("is_built", [True, False])
def test_what_may_be_asked_for_says_whether_it_was(is_built):
    def says(state: str | None) -> str:
        asked = AccessRequest(state=state) if state else None
        return shown(row(asked=asked, is_built=is_built), access=Access.AVAILABLE)

    assert '<span class="pill">asked for</span>' in says("open")
    assert '<span class="pill warn">declined</span>' in says("declined")
    for state in ("withdrawn", None):
        assert "Request access" in says(state)
    assert "hallmarks" not in says(None)


def test_a_row_says_what_is_free_and_what_has_ended():
    assert "pill" not in rows.image_state(row())
    assert rows.image_state(row(is_free=True)) == ' <span class="pill">free</span>'
    assert '<span class="pill warn">ended 3 Feb 2026, in grace</span>' in rows.image_state(
        row(life=Life.GRACE)
    )
    assert '<span class="pill bad">ended 3 Feb 2026</span>' in shown(row(life=Life.ENDED))


def test_a_row_speaks_the_readers_language():
    with translation.override("zh-hans"):
        page = shown(row(is_free=True, is_built=False, life=Life.ENDED))
        asked = rows.asked(AccessRequest(state="open")) + rows.asked(None)
    for words in ("free", "ended", "not built", "asked", "Request"):
        assert f">{words}" not in page + asked


def test_nothing_in_a_row_is_markup():
    page = shown(row("<i>", summary="<b>", stream=VersionStream(name="<u>")))
    assert not {"<i>", "<b>", "<u>"} & {page[at : at + 3] for at in range(len(page))}
