"""The preview shows what an order would give, or says by field why not."""

from __future__ import annotations

from typing import Any

import pytest

from builds.models import Build, Recipe
from builds.order import preview
from builds.refusals import IndexNotReady
from catalog.models import VersionStream
from tenants.models import Tenant
from tests.builds.engine.test_spec import HOLLOW
from tests.builds.golden import CUSTOMISATION
from tests.builds.small_index import INSTALLED, SIZE
from tests.catalog import world

pytestmark = pytest.mark.django_db


def test_new_packages_are_told_from_the_base_s(acme: Tenant, python: VersionStream) -> None:
    found = preview(tenant=acme, base=python, customisation=CUSTOMISATION)

    assert found.is_buildable
    assert [package.name for package in found.new] == ["curl", "git", "libcurl4", "zlib1g"]
    assert [package.name for package in found.inherited] == ["libc6"]
    because = {package.name: package.because for package in found.new}
    assert (because["curl"], because["git"], because["libcurl4"]) == ("", "", "curl")
    assert because["zlib1g"] in {"git", "libcurl4"}


def test_sizes_are_those_of_what_is_added(acme: Tenant, python: VersionStream) -> None:
    found = preview(tenant=acme, base=python, customisation=CUSTOMISATION)

    assert (found.added_size, found.added_installed_size) == (4 * SIZE, 4 * INSTALLED)
    assert found.total_size == found.base_size + 4 * SIZE


def test_a_preview_stores_nothing(acme: Tenant, python: VersionStream) -> None:
    preview(tenant=acme, base=python, customisation=CUSTOMISATION)

    assert not Build.objects.exists()
    assert not Recipe.unscoped.exists()


@pytest.mark.parametrize(
    ("change", "field", "code", "words"),
    [
        ({"packages": ["git", "crul"]}, "packages[1]", "package-unknown", "curl"),
        ({"packages": ["mail-a", "mail-b"]}, "packages", "packages-unsolvable", "mail-"),
        ({"packages": ["wild"]}, "packages[0]", "package-unreviewed", "reviewed"),
        ({"packages": ["Curl!"]}, "packages[0]", "package-name", "package name"),
        ({"labels": {"team": "web\nadmin"}}, "labels.team", "control-character", "Line breaks"),
        ({"env": {"LD_PRELOAD": "x.so"}}, "env.LD_PRELOAD", "env-refused", "LD_PRELOAD"),
        ({"tag": "no/slash"}, "tag", "tag-name", "tag"),
        ({"tag": "v1-202608221000"}, "tag", "tag-name", "publishing"),
        ({"suite": "bookworm"}, "suite", "field-of-base", "base image"),
        ({"base": {}}, "base", "field-of-base", "base image"),
        ({"packages": "curl"}, "packages", "spec-malformed", "list"),
        ({"user": "ghost"}, "user", "user-unknown", "ghost"),
        ({"user": "nonroot:ghost"}, "user", "user-unknown", "no such group"),
        (
            {
                "users": [{"name": "web", "uid": 500, "gid": 500}],
                "groups": [
                    {"name": "ops", "gid": 500},
                    {"name": "dev", "gid": 501},
                    {"name": "web", "gid": 501},
                ],
            },
            "groups[2]",
            "account-twice",
            "twice",
        ),
        ({"groups": [{"name": "team", "gid": 971}]}, "groups[0]", "account-clash", "971"),
        ({"files": [{"path": "/usr", "text": ""}]}, "files[0].path", "path-is-directory", "directory"),
        (
            {"links": [{"path": "/home/nonroot", "target": "/"}]},
            "links[0].path",
            "path-is-directory",
            "directory",
        ),
        (
            {"directories": [{"path": "/etc/os-release"}]},
            "directories[0].path",
            "path-is-file",
            "every image",
        ),
        (
            {"files": [{"path": "/etc/os-release/x", "text": ""}]},
            "files[0].path",
            "path-below-file",
            "/etc/os-release",
        ),
        (
            {"workdir": "/app", "files": [{"path": "/app", "text": ""}]},
            "workdir",
            "path-is-file",
            "not a directory",
        ),
        ({"volumes": ["/etc/nsswitch.conf/x"]}, "volumes[0]", "path-is-file", "nsswitch"),
        ({"certificates": [HOLLOW]}, "certificates[0]", "certificate", "damaged"),
        ({"pakages": ["curl"]}, "pakages", "spec-malformed", "no such field"),
        ({"architectures": ["arm64"]}, "architectures[0]", "architecture-base", "arm64"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    acme: Tenant, python: VersionStream, change: dict[str, Any], field: str, code: str, words: str
) -> None:
    found = preview(tenant=acme, base=python, customisation={**CUSTOMISATION, **change})

    assert not found.is_buildable
    error = next(error for error in found.errors if error.field == field)
    assert error.code == code
    assert words in error.sentence


def test_every_wrong_field_is_said_at_once(acme: Tenant, python: VersionStream) -> None:
    found = preview(
        tenant=acme, base=python, customisation={"labels": {"a": "\n"}, "env": {"1A": "x"}, "packages": []}
    )

    assert {error.field for error in found.errors} == {"labels.a", "env.1A"}


def test_an_image_that_the_tenant_has_not_is_unknown(acme: Tenant, python: VersionStream) -> None:
    secret = world.image("secret", is_free=False).streams.get()
    world.released(secret, content=b"another layer")

    found = preview(tenant=acme, base=secret, customisation={})

    assert [error.code for error in found.errors] == ["base-unknown"]


def test_an_image_that_is_not_built_yet_says_so(acme: Tenant, python: VersionStream) -> None:
    young = world.image("young").streams.get()

    found = preview(tenant=acme, base=young, customisation={})

    assert [error.code for error in found.errors] == ["base-not-built"]


def test_without_an_index_the_answer_is_to_wait(
    acme: Tenant, python: VersionStream, settings: Any, tmp_path: Any
) -> None:
    settings.SNAPSHOT_ROOT = tmp_path / "none"

    with pytest.raises(IndexNotReady, match="being fetched"):
        preview(tenant=acme, base=python, customisation=CUSTOMISATION)
