"""How pages say a moment."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.utils import translation

from portal.templatetags import moments

AT = datetime(2026, 3, 1, 23, 5, 40, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.templatetags.assay.timezone.now", lambda: AT + timedelta(hours=2, minutes=5))


def test_an_age_says_the_whole_moment_to_machines_and_pointers() -> None:
    assert moments.since(AT) == (
        '<time datetime="2026-03-01T23:05:40+00:00" title="2026-03-01 23:05 UTC">2 h</time>'
    )


def test_an_age_in_a_sentence_is_in_the_readers_language() -> None:
    with translation.override("zh-hans"):
        assert moments.ago(AT).endswith(">2 小时前</time>")


def test_a_moment_is_utc_whatever_zone_it_comes_in() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=8)))
    assert moments.moment(elsewhere) == '<time datetime="2026-03-01T23:05:40+00:00">2026-03-01 23:05</time>'
    assert moments.stamp(elsewhere) == "2026-03-01 23:05"


def test_no_moment_says_nothing() -> None:
    assert (moments.stamp(None), moments.moment(None), moments.since(None), moments.ago(None)) == (
        "",
        "",
        "",
        "",
    )
