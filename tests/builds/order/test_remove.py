"""Taking packages of the base away: solved before built, and refused by name while something needs them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from builds.models import Build
from builds.order import order_golden, preview
from builds.refusals import OrderRefused
from catalog.models import VersionStream
from tenants.models import Tenant, User
from tests.builds.golden import CUSTOMISATION

pytestmark = pytest.mark.django_db


def test_the_preview_says_what_goes_and_what_could_go(acme: Tenant, tools: VersionStream) -> None:
    before = preview(tenant=acme, base=tools, customisation={})
    assert before.removable == ("curl", "git")
    found = preview(tenant=acme, base=tools, customisation={"remove": ["curl"]})
    assert found.is_buildable
    assert [package.name for package in found.removed] == ["curl"]
    assert [package.name for package in found.packages] == ["git", "libc6", "libcurl4", "zlib1g"]
    assert found.removable == ("git", "libcurl4"), "what only the removed one needed may go next"


@pytest.mark.parametrize(
    ("change", "field", "code", "words"),
    [
        ({"remove": ["git", "zlib1g"]}, "remove[1]", "package-needed", "libcurl4 needs it"),
        ({"remove": ["libc6"]}, "remove[0]", "package-needed", "git, libcurl4 and zlib1g need it"),
        ({"remove": ["emacs"]}, "remove[0]", "remove-unknown", "no package “emacs”"),
        ({"remove": ["git"], "packages": ["git"]}, "remove[0]", "remove-and-add", "git"),
        ({"remove": "git"}, "remove", "spec-malformed", "list"),
    ],
)
def test_what_cannot_go_is_said_at_its_field(
    acme: Tenant, tools: VersionStream, change: dict[str, Any], field: str, code: str, words: str
) -> None:
    [error] = preview(tenant=acme, base=tools, customisation=change).errors
    assert (error.field, error.code) == (field, code)
    assert words in error.sentence


def test_an_order_locks_what_is_left_and_none_is_stored_while_it_is_unsafe(
    acme: Tenant, tools: VersionStream, sent: Any
) -> None:
    with pytest.raises(OrderRefused, match="libc6 cannot be removed"):
        order_golden(tenant=acme, name="thin", base=tools, customisation={"remove": ["libc6"]}, actor="alice")
    assert not Build.objects.exists()
    build = order_golden(
        tenant=acme, name="thin", base=tools, customisation={"remove": ["curl"]}, actor="alice"
    )
    assert build.spec["remove"] == ["curl"]
    assert [package["name"] for package in build.lock["packages"]["amd64"]] == [
        "git", "libc6", "libcurl4", "zlib1g",
    ]  # fmt: skip


def test_in_the_wizard_it_is_taken_away_and_kept_again(
    alice: User, acme: Tenant, tools: VersionStream
) -> None:
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(alice, backend="tenants.signin.PlatformBackend")
    client.get("/golden/new/", {"base": "tools:3.13"})
    page = client.get("/golden/new/packages/").content.decode()
    assert 'name="take" value="curl"' in page
    assert 'name="take" value="libc6"' not in page
    page = client.post("/golden/new/packages/", {"take": "curl"}, follow=True).content.decode()
    assert 'name="keep" value="curl"' in page
    assert 'name="take" value="libcurl4"' in page
    assert "1 taken away" in page
    assert "Taken away" in client.get("/golden/new/review/").content.decode()
    refused = client.post("/golden/new/packages/", {"take": "zlib1g"}, follow=True).content.decode()
    assert "zlib1g cannot be removed: git and libcurl4 need it" in refused
    kept = client.post("/golden/new/packages/", {"keep": "zlib1g"}, follow=True).content.decode()
    assert "cannot be removed" not in kept
    assert 'name="keep" value="curl"' in kept


def test_a_recipe_s_document_says_it(alice: User, acme: Tenant, tools: VersionStream, sent: Any) -> None:
    wish = {**CUSTOMISATION, "packages": [], "remove": ["curl"], "entrypoint": ["/usr/bin/git"]}
    order_golden(tenant=acme, name="thin", base=tools, customisation=wish, actor="alice", user=alice)
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(alice, backend="tenants.signin.PlatformBackend")
    text = client.get("/golden/new/document/thin").content.decode()
    assert "remove:\n- curl\n" in text
    client.post("/golden/new/document", {"document": text})
    assert 'name="keep" value="curl"' in client.get("/golden/new/packages/").content.decode()


def test_a_file_where_a_package_of_the_base_has_a_directory_is_refused_while_typing(
    acme: Tenant, tools: VersionStream
) -> None:
    release = tools.releases.get()
    piece = {"name": "curl", "platform": "amd64", "directories": ["etc/curl"]}
    build = Build.objects.create(
        stream=tools, spec={}, lock={}, ordered_by="x", result={"packages": [piece, {**piece, "name": "git"}]}
    )
    wish = {"files": [{"path": "/etc/curl", "text": ""}]}
    assert preview(tenant=acme, base=tools, customisation=wish).is_buildable, "nothing is known yet"
    release.build = build.pk
    release.save()
    [error] = preview(tenant=acme, base=tools, customisation=wish).errors
    assert (error.field, error.code) == ("files[0].path", "path-is-directory")
    with pytest.raises(OrderRefused, match="/etc/curl is a directory"):
        order_golden(tenant=acme, name="x", base=tools, customisation=wish, actor="alice")
    assert not preview(tenant=acme, base=tools, customisation={**wish, "remove": ["curl"]}).is_buildable
    both = {**wish, "remove": ["curl", "git"]}
    assert preview(tenant=acme, base=tools, customisation=both).is_buildable, "nobody left has it"
