"""Rows of tags and of how they moved, and the lines of their drawing."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from catalog.pages.tags import TagRow
from catalog.pages.timeline import Point, Timeline, Track
from portal.templatetags import tag_rows as rows
from registry.history import PLATFORM, Line

AT = datetime(2026, 3, 1, 23, 5, 40, tzinfo=UTC)
ONE, OTHER = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"


pytestmark = pytest.mark.usefixtures("at_a_tenant")


def tag(name: str = "3.13", *, size: int | None = 18_200_000, is_fixed=False, is_pinned=False) -> TagRow:
    return TagRow(name, ONE, is_fixed, is_pinned, AT, size)


def line(name="3.13", *, digest=ONE, previous=OTHER, actor="alice", reason="") -> Line:
    return Line(AT, name, digest, previous, actor, reason, None, None)


def test_a_row_leads_to_the_page_of_its_tag():
    for made in (rows.tag_rows([tag()], "team-a/python"), rows.movement_rows([line()], "team-a/python")):
        assert 'href="/acme/repositories/team-a/python/tags/3.13/"' in made


def test_a_row_says_whether_its_tag_moves():
    fixed, pinned, moving = (
        rows.tag_rows([one], "python") for one in (tag(is_fixed=True), tag(is_pinned=True), tag())
    )
    assert '<span class="pill gold">fixed</span>' in fixed
    assert '<span class="pill">pinned</span>' in pinned
    assert '<span class="pill">moving</span>' in moving
    with translation.override("zh-hans"):
        assert "固定" in rows.tag_rows([tag(is_fixed=True)], "python")


def test_a_digest_leads_to_its_release_where_there_is_one():
    assert f'href="?release=sha256%3A{"1" * 64}"' in rows.tag_rows([tag()], "python")
    unknown = rows.tag_rows([tag(size=None)], "python")
    assert "?release=" not in unknown
    assert f'<code title="{ONE}">sha256:111111…1111</code>' in unknown


def test_what_changed_is_offered_between_two_releases_that_are_there():
    both = rows.movement_rows([line()], "python", {ONE, OTHER})
    assert f'?tab=compare&amp;a=sha256%3A{"2" * 64}&amp;b=sha256%3A{"1" * 64}"' in both
    assert "?tab=compare" not in rows.movement_rows([line()], "python", {ONE})
    assert "?tab=compare" not in rows.movement_rows([line()], "python", {OTHER})
    assert "?tab=compare" not in rows.movement_rows([line(previous=ONE)], "python", {ONE, OTHER})


def test_a_movement_says_what_is_not_there():
    first = rows.movement_rows([line(previous="")], "python")
    assert '<td class="fade" data-label="From"><code>\N{EN DASH}</code></td>' in first
    gone = rows.movement_rows([line(digest="")], "python")
    assert '<td class="fade" data-label="To"><code>no longer shown</code></td>' in gone


def test_who_moved_it_and_why_is_no_markup():
    row = rows.movement_rows([line(actor="<b>", reason="<script>")], "python")
    assert "&lt;b&gt;: &lt;script&gt;" in row
    assert "the platform</td>" in rows.movement_rows([line(actor=PLATFORM)], "python")


def test_no_name_is_markup():
    drawn = Timeline((Track("<i>", 12, 160.0, 1088.0, (Point(160.0, AT, ONE),)),), (), False, 56)
    made = rows.tag_rows([tag("<i>")], "python") + rows.movement_rows([line("<i>")], "python", {ONE, OTHER})
    assert "<i>" not in made + rows.tracks(drawn)
    assert made.count("&lt;i&gt;") == 3


def test_a_long_name_is_cut_beside_its_line_and_whole_at_its_points():
    name = "17.6-alpine3.23-dev"
    drawn = rows.tracks(Timeline((Track(name, 12, 160.0, 1088.5, (Point(200.5, AT, ""),)),), (), False, 56))
    assert '<text class="name" x="0" y="16">17.6-alpine3.23-d…</text>' in drawn
    assert '<line x1="160.0" x2="1088.5" y1="12" y2="12"/>' in drawn
    assert (
        f'<circle cx="200.5" cy="12" r="4.5"><title>{name}, 2026-03-01 23:05: \N{EN DASH}</title></circle>'
        in drawn
    )
