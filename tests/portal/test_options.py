"""The options of a select."""

from portal.templatetags.options import options


def test_the_chosen_one_is_marked_where_it_stands() -> None:
    assert options(["a", "b"], "b") == "<option>a</option><option selected>b</option>"
    assert options(["a"]) == "<option>a</option>"


def test_what_is_chosen_and_not_offered_comes_first_and_no_name_is_markup() -> None:
    assert options(["a"], "<b>") == "<option selected>&lt;b&gt;</option><option>a</option>"
