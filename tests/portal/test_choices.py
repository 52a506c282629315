"""What can be chosen beside a list."""

import pytest
from django.http import QueryDict

from catalog.pages.filters import Choice, Filter, address
from portal.templatetags import choices


def test_each_value_leads_to_what_it_would_leave():
    told = Filter("A & B", [Choice("All", 12, True, "?"), Choice("<web>", 3, False, "?a=1&b=%22")])
    assert choices.filter_groups([told]) == (
        "<div><h2>A &amp; B</h2>"
        '<a href="?" aria-current="true"><span>All</span> <span>12</span></a>'
        '<a href="?a=1&amp;b=%22"><span>&lt;web&gt;</span> <span>3</span></a></div>'
    )


def test_one_of_some_is_chosen():
    told = [Choice("Rows", 0, True, "?view="), Choice("<Cards>", 0, False, "?view=cards&q=a")]
    assert choices.segments(told) == (
        '<a href="?view=" aria-current="true">Rows</a><a href="?view=cards&amp;q=a">&lt;Cards&gt;</a>'
    )


@pytest.mark.parametrize(
    ("asked", "changes", "told"),
    [
        ("", {"sort": "name"}, "?sort=name"),
        ("page=3&q=a+b&sort=newest", {"sort": ""}, "?q=a+b"),
        ("q=%26%3D%22&tag=a&tag=b", {"arch": "arm64"}, "?q=%26%3D%22&tag=a&tag=b&arch=arm64"),
        ("life=ended&life=grace&page=2", {"life": "grace"}, "?life=grace"),
    ],
)
def test_an_address_keeps_what_it_does_not_change_but_the_page(asked, changes, told):
    assert address(QueryDict(asked), **changes) == told
