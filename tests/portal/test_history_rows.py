"""What a tag's history says in its rows."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.utils import translation

from portal.templatetags.history_rows import history_cells, move_link
from registry.history import Kept, Line

AT = datetime(2026, 3, 1, 23, 5, tzinfo=UTC)
ONE, OTHER = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
BUILD = UUID(int=7)


pytestmark = pytest.mark.usefixtures("at_a_tenant")


def line(*, digest=ONE, actor="alice", reason="", build=None, kept=Kept.HERE) -> Line:
    return Line(AT, "3.13", digest, OTHER, actor, reason, build, kept)


def cells(said: Line, here: str = OTHER) -> str:
    return history_cells(said, here, "no longer <shown>", "build")


@pytest.mark.parametrize(
    ("kept", "here", "pills"),
    [
        (Kept.HERE, ONE, ['<span class="pill">here now</span>']),
        (Kept.HERE, OTHER, []),
        (Kept.WITHDRAWN, OTHER, ['<span class="pill warn">withdrawn</span>']),
        (Kept.GONE, OTHER, ['<span class="pill">not kept</span>']),
        (
            Kept.WITHDRAWN,
            ONE,
            ['<span class="pill">here now</span>', '<span class="pill warn">withdrawn</span>'],
        ),
    ],
)
def test_a_digest_says_what_became_of_it(kept, here, pills):
    said = " ".join([f'<code title="{ONE}">sha256:111111…1111</code>', *pills])
    assert f"<td>{said}</td>" in cells(line(kept=kept), here)


def test_what_is_not_seen_is_said_in_words():
    assert '<td><span class="fade">no longer &lt;shown&gt;</span></td>' in cells(line(digest=""), "")


def test_who_moved_it_leads_to_the_build_and_none_of_it_is_markup():
    assert '<td class="fade">&lt;b&gt;: &lt;i&gt;</td>' in cells(line(actor="<b>", reason="<i>"))
    built = cells(line(build=BUILD, reason="new"))
    assert f'<td class="fade"><a href="/acme/builds/{BUILD}/">alice</a>: new</td>' in built


def test_a_tag_of_ones_own_is_moved_back_and_anothers_is_kept():
    back, keep = (move_link(line(), "/x?a&", is_own) for is_own in (True, False))
    assert back == (
        f'<a class="button small" href="/x?a&amp;?digest=sha256%3A{"1" * 64}"'
        ' aria-label="Move back to 2026-03-01 23:05">Move back</a>'
    )
    assert 'aria-label="Keep here, where it was on 2026-03-01 23:05">Keep here</a>' in keep
    with translation.override("zh-hans"):
        assert "Move" not in move_link(line(), "/x", True)
