"""Addresses of many things of one kind."""

import pytest
from django.urls import reverse, set_script_prefix

from portal.joined import pages_of


@pytest.fixture(autouse=True)
def at_a_tenant(settings):
    settings.ROOT_URLCONF = settings.TENANT_URLCONF
    set_script_prefix("/acme-1/")
    yield
    set_script_prefix("/")


@pytest.mark.parametrize("name", ["3.13", "3.13-202603012305", "_a.b-c", "-", "100 % <b>"])
def test_an_address_is_the_one_that_looking_it_up_gives(name):
    known = {"name": "team-a/python-"}
    assert pages_of("tag", "tag", **known)(name) == reverse("tag", kwargs={**known, "tag": name})


def test_a_name_may_have_slashes_where_the_address_takes_them():
    assert pages_of("chart", "name")("team-a/redis") == "/acme-1/charts/team-a/redis/"


def test_an_address_is_no_markup():
    assert pages_of("tag", "tag", name="a&b")('"><b>') == "/acme-1/repositories/a&amp;b/tags/%22%3E%3Cb%3E/"
