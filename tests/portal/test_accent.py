"""A tenant's accent stays readable on both papers."""

from __future__ import annotations

import pytest

from tenants.colours import DARK, LIGHT, contrast, readable


@pytest.mark.parametrize("colour", ["#0b5a5a", "#7a3b00", "#ffe600", "#000000", "#ffffff", "#777777"])
@pytest.mark.parametrize("paper", [LIGHT, DARK])
def test_any_accent_is_readable_on_both_papers(colour: str, paper: str) -> None:
    assert contrast(readable(colour, paper), paper) >= 4.5


def test_a_colour_that_is_readable_already_stays_as_it_is() -> None:
    assert readable("#7a3b00", LIGHT) == "#7a3b00"


def test_the_ratio_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_the_stylesheet_may_be_kept_for_ever(client, acme) -> None:
    answer = client.get("/theme/accent-7a3b00.css", headers={"host": "acme.localhost"})
    assert answer["Content-Type"].startswith("text/css")
    assert "immutable" in answer["Cache-Control"]
    assert "#7a3b00" in answer.content.decode()


def test_what_is_no_colour_is_not_there(client, acme) -> None:
    answer = client.get("/theme/accent-zzzzzz.css", headers={"host": "acme.localhost"})
    assert answer.status_code == 404
