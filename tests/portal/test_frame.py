"""What the frame of every page needs."""

import re

import pytest
from django.test import Client
from django.urls import set_script_prefix
from django.utils import translation

from portal.templatetags import frame
from tenants.models import Tenant
from tenants.roles import Permission

ACME, FREE = Tenant(slug="acme"), Tenant(slug="free", is_open=True)


@pytest.fixture
def at_a_tenant(settings):
    settings.ROOT_URLCONF = settings.TENANT_URLCONF
    yield
    set_script_prefix("/")


def leads(html: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', html)


@pytest.mark.parametrize("section", ["images", "charts", "golden", "builds"])
def test_the_main_page_one_is_below_is_marked(at_a_tenant, section):
    made = frame.main_pages(ACME, section)
    assert leads(made) == ["/images/", "/charts/", "/golden/", "/builds/"]
    assert made.count("aria-current") == 1
    assert f'<a href="/{section}/" aria-current="page">' in made
    assert "aria-current" not in frame.main_pages(ACME)


def test_nothing_is_built_where_everyone_may_look(at_a_tenant):
    assert leads(frame.main_pages(FREE)) == ["/images/", "/charts/"]


def test_outside_any_tenant_the_pages_are_the_platforms():
    made = frame.main_pages(None, "builds")
    assert leads(made) == ["/admin/tenants/", "/admin/images/", "/admin/requests/", "/admin/builds/"]
    assert '<a href="/admin/builds/" aria-current="page">Builds</a>' in made


@pytest.mark.parametrize(
    ("right", "pages"),
    [
        (Permission.TOKEN_MANAGE_OWN, ["/settings/tokens/"]),
        (Permission.IMAGE_VIEW, ["/repositories/", "/pins/"]),
        (Permission.MEMBER_MANAGE, ["/settings/team/"]),
        (Permission.DIRECTORY_MANAGE, ["/settings/directories/", "/settings/providers/"]),
        (Permission.BRANDING_EDIT, ["/settings/branding/"]),
        (Permission.TRUST_MANAGE, ["/settings/policies/"]),
        (Permission.HOSTNAME_MANAGE, ["/settings/hostnames/"]),
        (Permission.AUDIT_VIEW, ["/settings/audit/"]),
        (Permission.BUILD_START, []),
    ],
)
def test_a_right_opens_its_settings_and_no_others(at_a_tenant, right, pages):
    assert leads(frame.settings_pages(frozenset({right}))) == pages


def test_a_link_is_of_this_answers_language_and_tenant(at_a_tenant):
    assert '<a href="/images/">Images</a>' in frame.main_pages(ACME)
    with translation.override("zh-hans"):
        assert '<a href="/images/">镜像</a>' in frame.main_pages(ACME)
    set_script_prefix("/acme/")
    assert '<a href="/acme/images/">Images</a>' in frame.main_pages(ACME)
    set_script_prefix("/globex/")
    assert '<a href="/globex/images/">Images</a>' in frame.main_pages(ACME)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kept", "theme", "pressed"), [("dark", "dark", "dark"), ("light", "light", "light"), ("<x>", "", "system"), ("", "", "system")]
)  # fmt: skip
def test_colours_are_the_chosen_ones_else_the_systems(kept, theme, pressed):
    client = Client(headers={"host": "localhost"})
    client.cookies["assay_theme"] = kept
    page = client.get("/accounts/login/").text
    assert re.findall(r'<html[^>]* data-theme="([^"]*)"', page) == ([theme] if theme else [])
    assert re.findall(r'value="(\w+)" aria-pressed="true"', page) == [pressed]
