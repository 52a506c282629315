"""Two answers of different minutes are the same nothing; two of different words are not."""

from __future__ import annotations

from django.http import HttpResponse

from tests.isolation.visit import told


def page(minute: str, words: str = "Not here") -> HttpResponse:
    return HttpResponse(f"<p>http://acme.localhost/x, as of 2026-11-26 {minute} UTC</p><h1>{words}</h1>")


def test_the_minute_of_an_answer_tells_nothing():
    assert told(page("13:20"), "/x") == told(page("13:21"), "/x")


def test_other_words_do():
    assert told(page("13:20"), "/x") != told(page("13:20", "Not yours"), "/x")
